#include "io/event.hpp"
#include "io/sleep.hpp"
#include "support/io_run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <ctime>
#include <memory>
#include <optional>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

/// Waits for an event, and notes its number when it goes on.
struct waiters {
    void wait(int number) {
        happened.async_wait(ctx, [this, number](io::error_code e) {
            CHECK_FALSE(e);
            order.push_back(number);
        });
    }
    void wait_with(asio::cancellation_signal& signal, io::error_code& result) {
        happened.async_wait(
            ctx, asio::bind_cancellation_slot(signal.slot(), [this, &result](io::error_code e) {
                result = e;
                order.push_back(-1);
            }));
    }
    template <class Call>
    void soon(Call call) {
        asio::post(ctx.get_executor(), call);
    }

    io::context ctx{make_backend()};
    io::event happened;
    std::vector<int> order;
};

} // namespace

TEST_CASE("all who wait for an event go on when it happens, in the order in which they came") {
    waiters w;
    for (const int number : {3, 1, 2})
        w.wait(number);
    w.soon([&] {
        w.happened.notify();
        CHECK(w.order.empty()); // from the loop only
    });
    run(w.ctx);
    CHECK(w.order == std::vector<int>{3, 1, 2});
}

TEST_CASE("an event that has happened is not remembered") {
    waiters w;
    w.happened.notify();
    w.wait(1);
    w.soon([&] {
        CHECK(w.order.empty());
        w.happened.notify();
        w.happened.notify();
    });
    run(w.ctx);
    CHECK(w.order == std::vector<int>{1});
}

TEST_CASE("who waits again after an event waits for the next one") {
    waiters w;
    w.happened.async_wait(w.ctx, [&](io::error_code) {
        w.wait(2);
        w.soon([&] {
            CHECK(w.order.empty());
            w.happened.notify();
        });
    });
    w.soon([&] { w.happened.notify(); });
    run(w.ctx);
    CHECK(w.order == std::vector<int>{2});
}

TEST_CASE("a coroutine waits for what another one does") {
    io::context ctx(make_backend());
    io::event happened;
    bool first_is_done = false;
    spawn(ctx, [&]() -> awaitable<void> {
        auto waiting = happened.async_wait(ctx, asio::as_tuple(asio::use_awaitable));
        const auto [failed] = co_await std::move(waiting);
        CHECK_FALSE(failed);
        CHECK(first_is_done);
    });
    run(ctx, [&]() -> awaitable<void> {
        auto sleeping = io::async_sleep(ctx, 1ms, asio::use_awaitable);
        co_await std::move(sleeping);
        first_is_done = true;
        happened.notify();
    });
}

TEST_CASE(
    "waiting for an event is cancelled through its slot, and only for the one it belongs to") {
    waiters w;
    asio::cancellation_signal signal;
    io::error_code result;
    w.wait(1);
    w.wait_with(signal, result);
    w.wait(2);
    w.soon([&] { signal.emit(asio::cancellation_type::terminal); });
    w.soon([&] { w.soon([&] { w.happened.notify(); }); });
    run(w.ctx);
    CHECK(result == asio::error::operation_aborted);
    CHECK(w.order == std::vector<int>{-1, 1, 2});
    signal.emit(asio::cancellation_type::all); // the slot is free by now
}

TEST_CASE("cancelling who has been woken already changes nothing") {
    waiters w;
    asio::cancellation_signal signal;
    io::error_code result = asio::error::would_block;
    w.wait_with(signal, result);
    w.soon([&] {
        w.happened.notify();
        signal.emit(asio::cancellation_type::all);
    });
    run(w.ctx);
    CHECK_FALSE(result);
    CHECK(w.order == std::vector<int>{-1});
}

TEST_CASE("an event after the cancellation does not call a second time") {
    waiters w;
    asio::cancellation_signal signal;
    io::error_code result;
    w.wait_with(signal, result);
    w.soon([&] {
        signal.emit(asio::cancellation_type::all);
        w.happened.notify();
    });
    run(w.ctx);
    CHECK(result == asio::error::operation_aborted);
    CHECK(w.order == std::vector<int>{-1});
}

TEST_CASE("who waits for an event when the context ends is destroyed, not called") {
    io::event happened; // the context's end must not touch it, nor it the context
    const auto held = std::make_shared<int>(0);
    bool called = false;
    {
        io::context ctx(make_backend());
        happened.async_wait(ctx, [held, &called](io::error_code) { called = true; });
        spawn(ctx,
              [](io::context& c, io::event& e, std::shared_ptr<int> kept,
                 bool& went_on) -> awaitable<void> {
                  auto waiting = e.async_wait(c, asio::use_awaitable);
                  co_await std::move(waiting);
                  went_on = *kept == 0;
              }(ctx, happened, held, called));
        asio::post(ctx.get_executor(), [&] { ctx.stop(); });
        ctx.run();
        CHECK(held.use_count() == 3);
    }
    CHECK(held.use_count() == 1);
    CHECK_FALSE(called);
    happened.notify();
    CHECK_FALSE(called);
}

TEST_CASE("an event that happens while the context ends calls nobody") {
    // As when the coroutine that the others wait for is destroyed.
    struct last_word {
        explicit last_word(io::event& e) : happened(e) {}
        last_word(const last_word&) = delete;
        last_word& operator=(const last_word&) = delete;
        ~last_word() { happened.notify(); }
        io::event& happened;
    };
    io::event never, happened;
    bool called = false;
    {
        io::context ctx(make_backend());
        const auto last = std::make_shared<last_word>(happened);
        happened.async_wait(ctx, [&](io::error_code) { called = true; });
        never.async_wait(
            ctx, [kept = std::make_unique<std::shared_ptr<last_word>>(last)](io::error_code) {});
        happened.async_wait(ctx, [&](io::error_code) { called = true; });
    }
    CHECK_FALSE(called);
}

TEST_CASE("who waits for an event that is destroyed goes on waiting, until it is cancelled") {
    io::context ctx(make_backend());
    asio::cancellation_signal signal;
    std::optional<io::error_code> result;
    {
        io::event happened;
        happened.async_wait(ctx, asio::bind_cancellation_slot(
                                     signal.slot(), [&](io::error_code e) { result = e; }));
    }
    asio::post(ctx.get_executor(), [&] {
        CHECK_FALSE(result);
        signal.emit(asio::cancellation_type::all);
    });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("waiting for an event keeps the context at work, and does not spin") {
    waiters w;
    w.wait(1);
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    io::async_sleep(w.ctx, 200ms, [&](io::error_code) { w.happened.notify(); });
    run(w.ctx);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    CHECK(w.order == std::vector<int>{1});
    const auto used = std::chrono::seconds(after.tv_sec - before.tv_sec) +
                      std::chrono::nanoseconds(after.tv_nsec - before.tv_nsec);
    CHECK(used < 100ms);
}
