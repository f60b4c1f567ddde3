#include "ringlet/server.hpp"

#include "server/log.hpp"
#include "server/server_impl.hpp"
#include "server/supervisor.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

constexpr int exit_cannot_start = 2;

void check(const run_options& options) {
    if (options.workers > 1024)
        throw std::invalid_argument("workers " + std::to_string(options.workers) +
                                    " is out of range; 0 (one per core) to 1024");
    if (options.backlog < 1)
        throw std::invalid_argument("backlog " + std::to_string(options.backlog) +
                                    " is out of range; at least 1");
    const server_limits& l = options.limits;
    for (const auto time : {l.head_timeout_s, l.idle_timeout_s, l.body_timeout_s, l.send_timeout_s,
                            l.drain_timeout_s})
        if (time < std::chrono::seconds(1) || time > std::chrono::days(1))
            throw std::invalid_argument("a timeout of " + std::to_string(time.count()) +
                                        " s is out of range; 1 s to a day");
    if (l.requests_per_connection == 0)
        throw std::invalid_argument("requests_per_connection is 0; at least 1");
}

} // namespace

server::server() : server(std::make_unique<impl>()) {}
server::server(std::unique_ptr<impl> i)
    : routes(i->what, i->what.scopes.front()), impl_(std::move(i)) {}
server::~server() = default;
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;

void server::keep(std::shared_ptr<void> object) {
    impl_->what.owned.push_back(std::move(object));
}

int server::run(const run_options& options) {
    set_log_level(options.level);
    try {
        check(options);
        impl_->what.finish();
        return serve_until_signalled(impl_->what, options);
    } catch (const std::exception& e) {
        log(log_level::error, e.what());
        return exit_cannot_start;
    }
}

} // namespace ringlet
