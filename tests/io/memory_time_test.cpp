// The clock in memory: it stands still while there is something to do, then jumps to what is due.
#include "io/memory_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("memory: an hour's sleep passes at once, and the clock says it was an hour") {
    memory_world world;
    const auto started = world.ctx.time();
    bool done = false;
    spawn(world.ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 24; ++i) {
            auto sleeping = io::async_sleep(world.ctx, 1h, asio::use_awaitable);
            co_await std::move(sleeping);
        }
        done = true;
    });
    world.ctx.run();
    CHECK(done);
    CHECK(world.ctx.time() == started + 24h);
    CHECK(world.ctx.now() == world.ctx.time());
}

TEST_CASE("memory: sleepers wake in the order of their times, each at its own") {
    memory_world world;
    const auto started = world.ctx.time();
    std::vector<int> order;
    for (const int s : {30, 10, 20, 0})
        io::async_sleep(world.ctx, std::chrono::seconds(s), [&, s](io::error_code) {
            CHECK(world.ctx.time() == started + std::chrono::seconds(s));
            order.push_back(s);
        });
    world.ctx.run();
    CHECK(order == std::vector<int>{0, 10, 20, 30});
}

TEST_CASE("memory: time stands still while there is something to do") {
    memory_world world;
    auto [server, client] = world.network.connect();
    const auto started = world.ctx.time();
    client.write(pattern(100'000));
    client.shutdown();
    bool overtaken = false;
    io::async_sleep(world.ctx, 1ns,
                    [&, &end = client](io::error_code) { overtaken = !end.server_closed(); });
    run(world.ctx, echo(world.ctx, std::move(server)));
    CHECK_FALSE(overtaken);
    CHECK(world.ctx.time() == started + 1ns);
}

TEST_CASE("memory: a deadline passes when nothing else happens, and not before") {
    memory_world world;
    auto [server, client] = world.network.connect();
    struct cancelling : io::deadline {
        explicit cancelling(io::socket& sock)
            : deadline([](io::deadline& d) { static_cast<cancelling&>(d).s.cancel(); }), s(sock) {}
        io::socket& s;
    };
    io::socket s(world.ctx, std::move(server));
    cancelling idle(s);
    io::deadline_queue minutes(world.ctx.timer_set(), 1min);
    const auto started = world.ctx.time();
    client.write("x");
    spawn(world.ctx, [&]() -> awaitable<void> {
        minutes.arm(idle, world.ctx.now());
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK_FALSE(e);
        auto again = s.receive();
        const auto [e2, got2] = co_await std::move(again);
        CHECK(e2 == asio::error::operation_aborted);
    });
    world.ctx.run();
    CHECK(world.ctx.time() == started + 1min);
}

TEST_CASE("memory: a sleep can be cancelled, and then takes no time") {
    memory_world world;
    const auto started = world.ctx.time();
    asio::cancellation_signal signal;
    io::error_code result;
    io::async_sleep(
        world.ctx, io::clock::duration::max(),
        asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e) { result = e; }));
    world.ctx.run(); // gives up: the end of time does not come
    CHECK_FALSE(result);
    signal.emit(asio::cancellation_type::all);
    world.ctx.run();
    CHECK(result == asio::error::operation_aborted);
    CHECK(world.ctx.time() == started);
}
