#include "ringlet/within.hpp"

#include "io/memory_backend.hpp"
#include "ringlet/sleep.hpp"
#include "support/io_run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <stdexcept>
#include <string>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

awaitable<std::string> said_after(std::chrono::milliseconds length) {
    co_await sleep_for(length);
    co_return "at last";
}

awaitable<void> fails_after(std::chrono::milliseconds length) {
    co_await sleep_for(length);
    throw std::runtime_error("broken");
}

// Has to be cancelled `times` times.
awaitable<void> hard_to_end(int times) {
    for (int heard = 0; heard < times;) {
        try {
            co_await sleep_for(1h);
        } catch (const boost::system::system_error&) {
            ++heard;
        }
    }
}

struct world {
    io::context ctx{std::make_unique<io::memory_backend>()};
    io::clock::time_point began = ctx.time();
    io::clock::duration elapsed() const { return ctx.time() - began; }
};

} // namespace

TEST_CASE("within() gives what is there in time, at once") {
    world w;
    std::string got;
    bool ended = false;
    run(w.ctx, [&]() -> awaitable<void> {
        got = co_await within(1h, said_after(20ms));
        co_await within(1h, sleep_for(10ms));
        ended = true;
    });
    CHECK(got == "at last");
    CHECK(ended);
    CHECK(w.elapsed() == 30ms);
}

TEST_CASE("within() moves what cannot be copied") {
    world w;
    std::unique_ptr<int> got;
    run(w.ctx, [&]() -> awaitable<void> {
        auto making = []() -> awaitable<std::unique_ptr<int>> {
            co_return std::make_unique<int>(7);
        };
        got = co_await within(1s, making());
    });
    REQUIRE(got);
    CHECK(*got == 7);
}

TEST_CASE("within() passes on what is thrown in time, at once") {
    world w;
    CHECK_THROWS_WITH(
        run(w.ctx, [&]() -> awaitable<void> { co_await within(1h, fails_after(20ms)); }), "broken");
    CHECK(w.elapsed() == 20ms);
}

TEST_CASE("within() cancels what takes longer, and says that it took too long") {
    world w;
    bool unwound = false;
    struct guard {
        bool& flag;
        ~guard() { flag = true; }
    };
    boost::system::error_code failed;
    run(w.ctx, [&]() -> awaitable<void> {
        auto slow = [&]() -> awaitable<int> {
            const guard g{unwound};
            co_await sleep_for(1h);
            co_return 1;
        };
        try {
            co_await within(20ms, slow());
        } catch (const boost::system::system_error& e) {
            CHECK(unwound); // it has ended, and is not just abandoned
            failed = e.code();
        }
    });
    CHECK(failed == asio::error::timed_out);
    CHECK(w.elapsed() == 20ms);
}

TEST_CASE("within() cancels again what goes on all the same, and lets others run meanwhile") {
    world w;
    boost::system::error_code failed;
    int turns = 0;
    spawn(w.ctx, [&]() -> awaitable<void> {
        for (; !failed; ++turns)
            co_await sleep_for(1ms);
    });
    run(w.ctx, [&]() -> awaitable<void> {
        try {
            auto inner = within(2h, hard_to_end(5)); // passes on what it is told
            co_await within(20ms, std::move(inner));
        } catch (const boost::system::system_error& e) {
            failed = e.code();
        }
    });
    CHECK(failed == asio::error::timed_out);
    CHECK(w.elapsed() > 50ms);
    CHECK(w.elapsed() < 100ms);
    CHECK(turns > 40);
}

TEST_CASE("within() is cancelled with its caller, and so is what it awaits") {
    world w;
    asio::cancellation_signal signal;
    boost::system::error_code failed;
    asio::co_spawn(
        w.ctx.get_executor(),
        [&]() -> awaitable<void> { co_await within(1h, fails_after(std::chrono::hours(2))); },
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) {
            try {
                std::rethrow_exception(e);
            } catch (const boost::system::system_error& thrown) {
                failed = thrown.code();
            }
        }));
    spawn(w.ctx, [&]() -> awaitable<void> {
        co_await sleep_for(5ms);
        signal.emit(asio::cancellation_type::terminal);
    });
    run(w.ctx);
    CHECK(failed == asio::error::operation_aborted);
    CHECK(w.elapsed() == 5ms);
}
