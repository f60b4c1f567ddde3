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
    memory_socket c;
    c.client.limit_unread(10);
    std::vector<io::error_code> results;
    std::size_t sent = 0;
    c.socket.async_send("more than ten bytes", [&](io::error_code e, std::size_t n) {
        results.push_back(e);
        sent = n;
    });
    c.socket.async_receive([&](io::error_code e, const io::lease&) { results.push_back(e); });
    c.client.on_progress([&] { c.socket.cancel(); });
    run(c.ctx);
    CHECK(results ==
          std::vector<io::error_code>{asio::error::operation_aborted, asio::error::broken_pipe});
    CHECK(sent == 10);
    CHECK(c.socket.is_open());
}

TEST_CASE("memory: a receive is cancelled through its slot, and loses nothing") {
    memory_socket c;
    run(c.ctx, [&]() -> awaitable<void> {
        auto limited = c.socket.async_receive(asio::use_awaitable) ||
                       io::async_sleep(c.ctx, 1s, asio::use_awaitable);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        c.client.write("late");
        auto again = c.socket.async_receive(asio::use_awaitable) ||
                     io::async_sleep(c.ctx, 1s, asio::use_awaitable);
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
