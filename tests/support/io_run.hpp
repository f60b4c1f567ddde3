// Runs coroutines on a context, with a bound: a test that would hang fails instead.
#pragma once

#include "io/context.hpp"
#include "io/make_backend.hpp"
#include "io/sleep.hpp"
#include "ringlet/awaitable.hpp"
#include "support/catch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>

namespace ringlet::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Far beyond what anything here takes, also under a sanitizer on a busy machine.
inline constexpr auto patience = std::chrono::seconds(30);

/// The one that a server would have here. With RINGLET_BACKEND=epoll every test is run once more.
inline std::unique_ptr<io::backend> make_backend(io::buffer_options options = {}) {
    return io::make_backend(backend_kind::automatic, options).made;
}

/// Starts a coroutine. What it throws comes out of run().
template <class Coroutine>
void spawn(io::context& ctx, Coroutine&& coroutine) {
    asio::co_spawn(ctx.get_executor(), std::forward<Coroutine>(coroutine),
                   [](std::exception_ptr e) {
                       if (e)
                           std::rethrow_exception(e);
                   });
}

/// Runs until there is no more work, or fails.
inline void run(io::context& ctx, io::clock::duration bound = patience) {
    struct overdue_stop : io::deadline {
        explicit overdue_stop(io::context& c) : deadline(&expired), ctx(c) {}
        static void expired(io::deadline& d) {
            auto& self = static_cast<overdue_stop&>(d);
            self.overdue = true;
            self.ctx.stop();
        }
        io::context& ctx;
        bool overdue = false;
    } stop(ctx);
    io::deadline_queue queue(ctx.timer_set(), bound);
    queue.arm(stop, ctx.time());
    ctx.run();
    if (stop.overdue)
        FAIL("not done in time");
}

/// Runs `coroutine`, and all else there is, to its end.
template <class Coroutine>
void run(io::context& ctx, Coroutine&& coroutine) {
    bool done = false;
    asio::co_spawn(ctx.get_executor(), std::forward<Coroutine>(coroutine),
                   [&done](std::exception_ptr e) {
                       done = true;
                       if (e)
                           std::rethrow_exception(e);
                   });
    run(ctx);
    REQUIRE(done);
}

/// Lets the loop go round until `true_now()`.
template <class Condition>
awaitable<void> until(io::context& ctx, Condition true_now) {
    while (!true_now()) {
        auto step = io::async_sleep(ctx, 1ms, asio::use_awaitable);
        co_await std::move(step);
    }
}

} // namespace ringlet::testing
