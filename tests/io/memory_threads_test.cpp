// What comes from other threads: meanwhile the clock is the real one, and run() waits for it; but
// not for what nobody can bring.
#include "io/memory_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

TEST_CASE("memory: time passes really while a call is offloaded, and jumps when it is back") {
    io::offload_pool pool(1, 10);
    memory_world world({}, &pool);
    std::vector<std::string> order;
    const auto note = [&](const char* what) {
        return [&order, what](auto...) { order.push_back(what); };
    };
    const auto take_20_ms = [](void*) { std::this_thread::sleep_for(20ms); };
    const auto started = world.ctx.time();
    io::async_offload(world.ctx, take_20_ms, nullptr, note("offloaded"));
    io::async_sleep(world.ctx, 1h, note("an hour"));
    world.ctx.run();
    CHECK(order == std::vector<std::string>{"offloaded", "an hour"});
    CHECK(world.ctx.time() - started >= 1h);
}

TEST_CASE("memory: a sleep ends although an offloaded call does not") {
    io::offload_pool pool(1, 10);
    memory_world world({}, &pool);
    std::latch gate(1);
    const auto pass = [](void* g) { static_cast<std::latch*>(g)->wait(); };
    bool passed = false;
    io::async_offload(world.ctx, pass, &gate,
                      [&](io::error_code, const std::exception_ptr&) { passed = true; });
    io::async_sleep(world.ctx, 1ms, [&](io::error_code) {
        CHECK_FALSE(passed);
        gate.count_down();
    });
    world.ctx.run();
    CHECK(passed);
}

TEST_CASE("memory: a steady_timer expires in its own time, before a longer sleep") {
    memory_world world;
    run(world.ctx, [&]() -> awaitable<void> {
        asio::steady_timer timer(world.ctx.get_executor(), 5ms);
        auto waiting = timer.async_wait(asio::use_awaitable) ||
                       io::async_sleep(world.ctx, 10s, asio::use_awaitable);
        const auto first = co_await std::move(waiting);
        CHECK(first.index() == 0);
    });
}

TEST_CASE("memory: run() waits for a thread that holds an executor as work") {
    memory_world world({.patience = patience});
    bool ran = false;
    std::jthread other([&ran, work = asio::require(world.ctx.get_executor(),
                                                   asio::execution::outstanding_work.tracked)] {
        asio::post(work, [&ran] { ran = true; });
    });
    world.ctx.run();
    CHECK(ran);
}

TEST_CASE("memory: stop() from another thread ends run()") {
    memory_world world({.patience = patience});
    auto work = asio::require(world.ctx.get_executor(), asio::execution::outstanding_work.tracked);
    for (int i = 0; i < 50; ++i) {
        const std::jthread other([&] { world.ctx.stop(); });
        world.ctx.run();
    }
}

TEST_CASE("memory: run() gives up when nobody can bring what is waited for, and can go on") {
    memory_socket c({.patience = 5ms});
    std::string got;
    c.socket.async_receive([&](io::error_code, const io::lease& bytes) { got = bytes.bytes(); });
    c.ctx.run();
    CHECK(got.empty());
    c.client.write("first");
    c.ctx.run();
    CHECK(got == "first");

    spawn(c.ctx, [&]() -> awaitable<void> {
        auto receiving = c.socket.receive();
        const auto [e, bytes] = co_await std::move(receiving);
        got = bytes.bytes();
    });
    c.ctx.run();
    CHECK(got == "first");
    c.client.write("second");
    c.ctx.run();
    CHECK(got == "second");
}
