// What goes over a connection in memory: all of it, in order, and no more at a time than is taken.
#include "io/memory_world.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("memory: a client and a server talk over several runs, until the client ends") {
    memory_world world;
    auto [server, client] = world.network.connect();
    stop_on_progress(world.ctx, client);
    spawn(world.ctx, echo(world.ctx, std::move(server)));
    for (const std::string_view message : {"hello", "again", "and again"}) {
        client.write(message);
        world.ctx.run();
        CHECK(client.read() == message);
        CHECK(client.read().empty());
    }
    CHECK_FALSE(client.server_ended());
    client.shutdown();
    world.ctx.run();
    CHECK(client.server_ended());
    CHECK(client.server_closed());
    CHECK_FALSE(client.server_reset());
}

TEST_CASE("memory: bytes arrive whole and in order, in pieces of a buffer at most") {
    for (const bool armed : {false, true}) {
        for (const std::size_t bytes : {0, 1, 511, 512, 513, 100'000}) {
            memory_world world({.buffer_count = 8, .buffer_bytes = 512});
            auto [server, client] = world.network.connect();
            const std::string sent = pattern(bytes);
            client.write(sent);
            client.shutdown();
            run(world.ctx, echo(world.ctx, std::move(server), armed));
            CHECK((client.read() == sent));
            CHECK(world.ctx.buffers().filled() == 0);
        }
    }
}

TEST_CASE("memory: a client may write a byte at a time") {
    memory_world world;
    auto [server, client] = world.network.connect();
    stop_on_progress(world.ctx, client);
    spawn(world.ctx, echo(world.ctx, std::move(server)));
    const std::string sent = pattern(100);
    std::string received;
    for (const char c : sent) {
        client.write({&c, 1});
        world.ctx.run();
        received += client.read();
    }
    CHECK(received == sent);
}

TEST_CASE("memory: a reader that does not read holds a few buffers and not all") {
    memory_socket c({.buffer_count = 64, .buffer_bytes = 64});
    c.socket.stay_armed();
    c.client.write(pattern(10'000));
    run(c.ctx, [&]() -> awaitable<void> {
        auto receiving = c.socket.receive();
        co_await std::move(receiving);
        auto waiting = io::async_sleep(c.ctx, 1s, asio::use_awaitable);
        co_await std::move(waiting);
        CHECK(c.ctx.buffers().filled() > 0);
        CHECK(c.ctx.buffers().filled() < 10);
    });
}

TEST_CASE("memory: those who find no buffer wait for one") {
    memory_world world({.buffer_count = 1, .buffer_bytes = 16});
    std::vector<io::memory_client> clients;
    for (int i = 0; i < 5; ++i) {
        auto [server, client] = world.network.connect();
        client.write(pattern(100));
        client.shutdown();
        spawn(world.ctx, echo(world.ctx, std::move(server)));
        clients.push_back(std::move(client));
    }
    run(world.ctx);
    for (io::memory_client& client : clients)
        CHECK((client.read() == pattern(100)));
}

TEST_CASE("memory: a send waits for a client that does not read, and goes on until all is taken") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.limit_unread(1'000);
    stop_on_progress(world.ctx, client);
    const std::string head = pattern(2'500);
    const std::string body = pattern(10'000);
    bool sent = false;
    spawn(world.ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        io::socket s(world.ctx, std::move(fd));
        const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
        auto gathered = s.async_send_all(parts, asio::use_awaitable);
        std::size_t n = co_await std::move(gathered);
        CHECK(n == head.size() + body.size());
        auto sending = s.async_send(body, asio::use_awaitable);
        n = co_await std::move(sending);
        CHECK(n == body.size());
        sent = true;
    });
    std::string received;
    for (int turn = 0; turn < 100 && !client.server_closed(); ++turn) {
        world.ctx.run();
        const std::string some = client.read();
        CHECK(some.size() <= 1'000);
        CHECK_FALSE((sent && received.size() + some.size() < 22'500));
        received += some;
    }
    CHECK(sent);
    CHECK((received == head + body + body));
}

TEST_CASE("memory: async_write_some takes what there is room for") {
    memory_socket c;
    c.client.limit_unread(10);
    run(c.ctx, [&]() -> awaitable<void> {
        auto writing =
            c.socket.async_write_some(asio::buffer("0123456789abc", 13), asio::use_awaitable);
        const std::size_t n = co_await std::move(writing);
        CHECK(n == 10);
        CHECK(c.client.read() == "0123456789");
        auto nothing = c.socket.send("");
        const auto [e, none] = co_await std::move(nothing);
        CHECK_FALSE(e);
        CHECK(none == 0);
    });
}

TEST_CASE("memory: Asio's composed operations work on a socket") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.write("one line\r\n" + pattern(300'000));
    run(world.ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        io::socket s(world.ctx, std::move(fd));
        std::string text;
        auto reading_line =
            asio::async_read_until(s, asio::dynamic_buffer(text), "\r\n", asio::use_awaitable);
        const std::size_t line = co_await std::move(reading_line);
        CHECK(text.substr(0, line) == "one line\r\n");
        std::string rest = text.substr(line);
        const std::size_t had = rest.size();
        rest.resize(300'000);
        auto reading = asio::async_read(s, asio::buffer(rest) + had, asio::use_awaitable);
        co_await std::move(reading);
        CHECK((rest == pattern(300'000)));
        auto writing = asio::async_write(s, asio::buffer(rest), asio::use_awaitable);
        co_await std::move(writing);
    });
    CHECK((client.read() == pattern(300'000)));
}
