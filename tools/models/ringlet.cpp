// The same on ringlet: each connection waits in the scheduler's ring, a handler that has to wait is
// a coroutine, suspended, and nobody asks whether it may go on.
#include "core/compute.hpp"
#include "models.hpp"

#include <ringlet/ringlet.hpp>

namespace ringlet::models {
namespace {

awaitable<response> hold(request& req, next_handler next, hold_range range) {
    co_await sleep_for(range.of(req.target()));
    co_return co_await next(req);
}

// On another thread: here it would keep all others waiting.
awaitable<response> compute(request& req, next_handler next, std::chrono::milliseconds length) {
    const auto work = [length] { compute_for(length); };
    if (req.query() == "compute")
        co_await offload(work);
    co_return co_await next(req);
}

} // namespace

int ringlet(const settings& from) {
    server app;
    if (const hold_range range = from.hold; range.most.count() > 0)
        app.use([range](request& req, next_handler next) { return hold(req, next, range); });
    if (const auto length = from.compute; length.count() > 0)
        app.use([length](request& req, next_handler next) { return compute(req, next, length); });
    app.files("/", from.folder);

    run_options options;
    options.port = from.port;
    options.workers = from.workers != 0 ? from.workers : 1;
    options.backlog = from.backlog;
    options.limits.idle_timeout_s = from.patience;
    options.limits.head_timeout_s = from.patience;
    // The other models know no such bounds, and read each file anew.
    options.limits.requests_per_connection = 100'000'000;
    options.limits.connections_per_client = 1'000'000;
    options.limits.cache_bytes = 0;
    return app.run(options);
}

} // namespace ringlet::models
