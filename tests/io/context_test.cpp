#include "io/context.hpp"
#include "io/sleep.hpp"
#include "support/io_run.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("run returns when there is no work") {
    io::context ctx(make_backend());
    ctx.run();
    ctx.run();
    CHECK_FALSE(ctx.backend_name().empty());
}

TEST_CASE("what is posted runs in order, on the next run") {
    io::context ctx(make_backend());
    std::vector<int> order;
    for (int i = 0; i < 5; ++i)
        asio::post(ctx.get_executor(), [&order, i] { order.push_back(i); });
    CHECK(order.empty());
    run(ctx);
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("a handler that posts itself again and again does not keep others from running") {
    io::context ctx(make_backend());
    struct again {
        io::context& ctx;
        const bool& stop;
        int& rounds;
        void operator()() const {
            if (++rounds, !stop)
                asio::post(ctx.get_executor(), *this);
        }
    };
    bool slept = false;
    int rounds = 0;
    asio::post(ctx.get_executor(), again{ctx, slept, rounds});
    io::async_sleep(ctx, 1ms, [&slept](io::error_code) { slept = true; });
    run(ctx);
    CHECK(slept);
    CHECK(rounds > 1);
}

TEST_CASE("dispatch runs inline on the context's thread, post and defer do not") {
    io::context ctx(make_backend());
    std::vector<int> order;
    asio::post(ctx.get_executor(), [&] {
        asio::post(ctx.get_executor(), [&] { order.push_back(3); });
        asio::defer(ctx.get_executor(), [&] { order.push_back(4); });
        asio::dispatch(ctx.get_executor(), [&] { order.push_back(1); });
        order.push_back(2);
    });
    run(ctx);
    CHECK(order == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE(
    "posts from many threads all run, once, on the context's thread, in each thread's order") {
    constexpr int threads = 4;
    constexpr int posts = 20'000;
    io::context ctx(make_backend());
    std::vector<int> next(threads, 0);
    int out_of_order = 0;
    int elsewhere = 0;
    const auto here = std::this_thread::get_id();
    std::vector<std::jthread> posters;
    for (int t = 0; t < threads; ++t) {
        auto work = asio::require(ctx.get_executor(), asio::execution::outstanding_work.tracked);
        posters.emplace_back([&, t, work] {
            for (int i = 0; i < posts; ++i)
                asio::post(work, [&, t, i] {
                    out_of_order += next[static_cast<std::size_t>(t)]++ != i;
                    elsewhere += std::this_thread::get_id() != here;
                });
        });
    }
    run(ctx);
    CHECK(next == std::vector<int>(threads, posts));
    CHECK(out_of_order == 0);
    CHECK(elsewhere == 0);
}

TEST_CASE("dispatch from another thread is a post") {
    io::context ctx(make_backend());
    std::thread::id ran_on;
    auto work = asio::require(ctx.get_executor(), asio::execution::outstanding_work.tracked);
    std::jthread other([&ran_on, work = std::move(work)] {
        asio::dispatch(work, [&ran_on] { ran_on = std::this_thread::get_id(); });
    });
    run(ctx);
    CHECK(ran_on == std::this_thread::get_id());
}

TEST_CASE("tracked work keeps run() until another thread lets go of it") {
    for (int round = 0; round < 200; ++round) {
        auto ctx = std::make_unique<io::context>(make_backend({16, 64}));
        std::atomic<bool> released{false};
        std::jthread other(
            [&released, work = asio::require(ctx->get_executor(),
                                             asio::execution::outstanding_work.tracked)]() mutable {
                released = true;
                auto last = std::move(work);
            });
        run(*ctx);
        CHECK(released);
        ctx.reset(); // perhaps while the other thread is still about to wake it
    }
}

TEST_CASE("a context may be destroyed as soon as the last post from another thread has run") {
    for (int round = 0; round < 200; ++round) {
        auto ctx = std::make_unique<io::context>(make_backend({16, 64}));
        int ran = 0;
        std::vector<std::jthread> posters;
        auto work = asio::require(ctx->get_executor(), asio::execution::outstanding_work.tracked);
        for (int t = 0; t < 2; ++t)
            posters.emplace_back([&ran, ex = work] { asio::post(ex, [&ran] { ++ran; }); });
        work = ctx->get_executor();
        run(*ctx);
        CHECK(ran == 2);
        ctx.reset();
    }
}

TEST_CASE("an exception from a handler comes out of run(), which then goes on where it was") {
    io::context ctx(make_backend());
    std::vector<int> order;
    asio::post(ctx.get_executor(), [&] { order.push_back(1); });
    asio::post(ctx.get_executor(), [] { throw std::runtime_error("handler"); });
    asio::post(ctx.get_executor(), [&] { order.push_back(2); });
    io::async_sleep(ctx, 1ms, [&](io::error_code) {
        order.push_back(3);
        throw std::logic_error("sleeper");
    });
    CHECK_THROWS_AS(ctx.run(), std::runtime_error);
    CHECK(order == std::vector<int>{1});
    CHECK_THROWS_AS(ctx.run(), std::logic_error);
    CHECK(order == std::vector<int>{1, 2, 3});
    ctx.run();
}

TEST_CASE("stop() from another thread ends run(), which can be called again") {
    io::context ctx(make_backend());
    bool slept = false;
    io::async_sleep(ctx, 24h, [&](io::error_code) { slept = true; });
    for (int i = 0; i < 50; ++i) {
        std::jthread other([&] { ctx.stop(); });
        ctx.run();
    }
    CHECK_FALSE(slept);
}

TEST_CASE("stop() before run() ends it at once") {
    io::context ctx(make_backend());
    bool ran = false;
    asio::post(ctx.get_executor(), [&] { ran = true; });
    ctx.stop();
    ctx.run();
    CHECK_FALSE(ran);
    ctx.run();
    CHECK(ran);
}

TEST_CASE("stop() in the last work there is does not end the next run()") {
    io::context ctx(make_backend());
    asio::post(ctx.get_executor(), [&] { ctx.stop(); });
    ctx.run();
    bool ran = false;
    asio::post(ctx.get_executor(), [&] { ran = true; });
    ctx.run();
    CHECK(ran);
}

TEST_CASE("a context of a thread that stop() ends may be destroyed by that thread at once") {
    for (int round = 0; round < 100; ++round) {
        std::atomic<io::context*> running{nullptr};
        std::jthread worker([&running] {
            io::context ctx(make_backend({16, 64}));
            io::async_sleep(ctx, 24h, [](io::error_code) {});
            running = &ctx;
            running.notify_one();
            ctx.run();
        });
        running.wait(nullptr);
        running.load()->stop();
    }
}

TEST_CASE("handlers that were never called are destroyed with the context") {
    auto alive = std::make_shared<int>(0);
    {
        io::context ctx(make_backend());
        asio::post(ctx.get_executor(), [alive] {});
        io::async_sleep(ctx, 24h, [alive](io::error_code) {});
        std::jthread other([ex = ctx.get_executor(), alive] { asio::post(ex, [alive] {}); });
        other.join();
        CHECK(alive.use_count() > 3);
    }
    CHECK(alive.use_count() == 1);
}

TEST_CASE("a coroutine that never ended is unwound with the context") {
    struct unwound {
        bool& flag;
        ~unwound() { flag = true; }
    };
    bool flag = false;
    {
        io::context ctx(make_backend());
        spawn(ctx, [&]() -> awaitable<void> {
            const unwound guard{flag};
            auto sleeping = io::async_sleep(ctx, 24h, asio::use_awaitable);
            co_await std::move(sleeping);
        });
        asio::post(ctx.get_executor(), [&] { ctx.stop(); });
        ctx.run();
        CHECK_FALSE(flag);
    }
    CHECK(flag);
}
