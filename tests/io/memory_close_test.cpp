// The end of a connection in memory: by either side, of one half or both, in order or not.
#include "io/memory_world.hpp"
#include "io/receive_all.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("memory: each side can end its half, and still hear the other") {
    memory_world world;
    auto [server, client] = world.network.connect();
    stop_on_progress(world.ctx, client);
    std::string received;
    spawn(world.ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        io::socket s(world.ctx, std::move(fd));
        auto sending = s.send("that is all");
        co_await std::move(sending);
        s.shutdown_send();
        auto more = s.send("or is it");
        const auto [e, n] = co_await std::move(more);
        CHECK(e == asio::error::broken_pipe);
        io::error_code end;
        auto receiving = receive_all(s, end);
        received = co_await std::move(receiving);
        CHECK(end == asio::error::eof);
    });
    world.ctx.run();
    world.ctx.run();
    CHECK(client.read() == "that is all");
    CHECK(client.server_ended());
    CHECK_FALSE(client.server_closed());
    client.write("understood");
    client.shutdown();
    world.ctx.run();
    CHECK(received == "understood");
    CHECK(client.server_closed());
    CHECK_FALSE(client.server_reset());
}

TEST_CASE("memory: a client's reset is an error for both directions, after what came before it") {
    memory_socket c;
    c.client.write("last words");
    c.client.reset();
    run(c.ctx, [&]() -> awaitable<void> {
        io::error_code end;
        auto receiving = receive_all(c.socket, end);
        const std::string got = co_await std::move(receiving);
        CHECK(got == "last words");
        CHECK(end == asio::error::connection_reset);
        auto sending = c.socket.send("anybody there?");
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
    });
}

TEST_CASE("memory: a client that goes away breaks a send off half way") {
    memory_socket c;
    c.client.limit_unread(10);
    run(c.ctx, [&, gone = std::optional(std::move(c.client))]() mutable -> awaitable<void> {
        gone->on_progress([&gone] { gone.reset(); });
        const std::string large = pattern(100);
        auto sending = c.socket.send(large);
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
        CHECK(n == 10);
        auto receiving = c.socket.receive();
        const auto [e2, got] = co_await std::move(receiving);
        CHECK(e2 == asio::error::eof);
    });
}

TEST_CASE("memory: a close that was to be a reset, or leaves bytes unreceived, is seen as one") {
    const auto close_after = [](auto prepare) {
        memory_socket c;
        prepare(c.socket, c.client);
        CHECK_FALSE(c.client.server_reset());
        c.socket.close();
        c.ctx.run();
        CHECK(c.client.server_closed());
        return c.client.server_reset();
    };
    CHECK_FALSE(close_after([](io::socket&, io::memory_client&) {}));
    CHECK(close_after([](io::socket& s, io::memory_client&) { s.reset_on_close(); }));
    CHECK(close_after([](io::socket&, io::memory_client& c) { c.write("ignored"); }));
}

TEST_CASE("memory: what was sent before a close arrives") {
    memory_socket c;
    c.socket.async_send("goodbye", [](io::error_code e, std::size_t) { CHECK_FALSE(e); });
    c.socket.close();
    run(c.ctx);
    CHECK(c.client.read() == "goodbye");
    CHECK(c.client.server_closed());
}

TEST_CASE("memory: operations on what is not, or no longer, connected fail") {
    memory_world world;
    auto [server, client] = world.network.connect();
    const int closed = server.get();
    io::socket(world.ctx, std::move(server)).close();
    world.ctx.run();
    fd_pair real = stream_pair();
    for (const int fd : {closed, real.ours.release()}) {
        io::socket s(world.ctx, unique_fd(fd));
        std::vector<io::error_code> results;
        s.async_send("x", [&](io::error_code e, std::size_t) { results.push_back(e); });
        s.async_receive([&](io::error_code e, const io::lease&) { results.push_back(e); });
        run(world.ctx);
        CHECK(results == std::vector<io::error_code>(2, asio::error::bad_descriptor));
    }
}
