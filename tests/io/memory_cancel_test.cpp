// Cancelling what waits for a connection in memory.
#include "io/listener.hpp"
#include "io/memory_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <variant>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

TEST_CASE("memory: cancel() ends a send that the client does not take, and a receive") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.limit_unread(10);
    io::socket s(world.ctx, std::move(server));
    std::vector<io::error_code> results;
    std::size_t sent = 0;
    s.async_send("more than ten bytes", [&](io::error_code e, std::size_t n) {
        results.push_back(e);
        sent = n;
    });
    s.async_receive([&](io::error_code e, const io::lease&) { results.push_back(e); });
    client.on_progress([&] { s.cancel(); });
    run(world.ctx);
    CHECK(results ==
          std::vector<io::error_code>{asio::error::operation_aborted, asio::error::broken_pipe});
    CHECK(sent == 10);
    CHECK(s.is_open());
}

TEST_CASE("memory: a receive is cancelled through its slot, and loses nothing") {
    memory_world world;
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    run(world.ctx, [&, &end = client]() -> awaitable<void> {
        auto limited = s.async_receive(asio::use_awaitable) ||
                       io::async_sleep(world.ctx, 1s, asio::use_awaitable);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        end.write("late");
        auto again = s.async_receive(asio::use_awaitable) ||
                     io::async_sleep(world.ctx, 1s, asio::use_awaitable);
        const auto second = co_await std::move(again);
        REQUIRE(second.index() == 0);
        CHECK(std::get<0>(second).bytes() == "late");
    });
}

TEST_CASE("memory: an accept waits until it is stopped") {
    memory_world world;
    io::listener acceptor(world.ctx, std::move(world.network.connect().server));
    io::error_code result;
    acceptor.async_accept([&](io::error_code e, const unique_fd&) { result = e; });
    world.ctx.run();
    CHECK_FALSE(result);
    acceptor.stop();
    run(world.ctx);
    CHECK(result == asio::error::operation_aborted);
}
