#include "io/sleep.hpp"
#include "support/io_run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <ctime>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("sleepers wake after their time, in its order") {
    io::context ctx(make_backend());
    std::vector<int> order;
    const auto started = io::clock::now();
    for (const int ms : {30, 10, 20, 0, -5})
        io::async_sleep(ctx, std::chrono::milliseconds(ms), [&, ms](io::error_code e) {
            CHECK_FALSE(e);
            CHECK(io::clock::now() - started >= std::chrono::milliseconds(ms));
            order.push_back(ms);
        });
    run(ctx);
    CHECK(order == std::vector<int>{-5, 0, 10, 20, 30});
}

TEST_CASE("a thousand coroutines sleep at once") {
    io::context ctx(make_backend());
    int woken = 0;
    for (int i = 0; i < 1000; ++i)
        spawn(ctx, [&ctx, &woken, i]() -> awaitable<void> {
            const auto length = std::chrono::microseconds(i * 7 % 500);
            auto sleeping = io::async_sleep(ctx, length, asio::use_awaitable);
            co_await std::move(sleeping);
            ++woken;
        });
    run(ctx);
    CHECK(woken == 1000);
}

TEST_CASE("a sleep is cancelled through its slot") {
    io::context ctx(make_backend());
    asio::cancellation_signal signal;
    io::error_code result;
    io::async_sleep(ctx, 24h, asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e) {
                        result = e;
                    }));
    asio::post(ctx.get_executor(), [&] { signal.emit(asio::cancellation_type::all); });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
    signal.emit(asio::cancellation_type::all); // the slot is free by now
}

TEST_CASE("cancelling a sleep whose time has come changes nothing") {
    io::context ctx(make_backend());
    asio::cancellation_signal signal;
    std::vector<io::error_code> results;
    // The first sleeper cancels the second, which is in the ready list already.
    io::async_sleep(ctx, 0ms, [&](io::error_code) { signal.emit(asio::cancellation_type::all); });
    io::async_sleep(ctx, 0ms, asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e) {
                        results.push_back(e);
                    }));
    run(ctx);
    CHECK(results == std::vector<io::error_code>{io::error_code()});
}

TEST_CASE("the longest sleep there is sleeps, and does not spin") {
    io::context ctx(make_backend());
    asio::cancellation_signal signal;
    io::error_code result;
    io::async_sleep(
        ctx, io::clock::duration::max(),
        asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e) { result = e; }));
    timespec cpu_before{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_before);
    std::jthread other([&signal, work = asio::require(ctx.get_executor(),
                                                      asio::execution::outstanding_work.tracked)] {
        std::this_thread::sleep_for(200ms); // the time over which the other thread's is measured
        asio::post(work, [&signal] { signal.emit(asio::cancellation_type::all); });
    });
    ctx.run(); // without a bound of its own, which would be the loop's next time
    timespec cpu_after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu_after);
    CHECK(result == asio::error::operation_aborted);
    const auto used = std::chrono::seconds(cpu_after.tv_sec - cpu_before.tv_sec) +
                      std::chrono::nanoseconds(cpu_after.tv_nsec - cpu_before.tv_nsec);
    CHECK(used < 100ms);
}
