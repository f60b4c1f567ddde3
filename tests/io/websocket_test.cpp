#include "io/memory_backend.hpp"
#include "io/uring_backend.hpp"
#include "io/websocket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

using namespace ringlet;
using namespace ringlet::testing;
namespace websocket = boost::beast::websocket;

TEST_CASE("a Beast websocket works over our socket, at both ends, to the close") {
    io::context ctx(io::make_uring_backend({64, 1024}));
    fd_pair pair = tcp_pair();
    websocket::stream<io::socket> server(ctx, std::move(pair.ours));
    websocket::stream<io::socket> client(ctx, std::move(pair.theirs));
    const std::string message = pattern(50'000);
    spawn(ctx, [&]() -> awaitable<void> {
        auto accepting = server.async_accept(asio::use_awaitable);
        co_await std::move(accepting);
        boost::beast::flat_buffer buffer;
        auto reading = server.async_read(buffer, asio::use_awaitable);
        co_await std::move(reading);
        server.binary(true);
        auto writing = server.async_write(buffer.data(), asio::use_awaitable);
        co_await std::move(writing);
        buffer.clear();
        auto closing = server.async_read(buffer, asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(closing);
        CHECK(e == websocket::error::closed);
    });
    run(ctx, [&]() -> awaitable<void> {
        auto shaking = client.async_handshake("localhost", "/", asio::use_awaitable);
        co_await std::move(shaking);
        client.binary(true);
        auto writing = client.async_write(asio::buffer(message), asio::use_awaitable);
        co_await std::move(writing);
        boost::beast::flat_buffer buffer;
        auto reading = client.async_read(buffer, asio::use_awaitable);
        co_await std::move(reading);
        CHECK((boost::beast::buffers_to_string(buffer.data()) == message));
        auto closing = client.async_close(websocket::close_code::normal, asio::use_awaitable);
        co_await std::move(closing);
    });
    CHECK_FALSE(server.next_layer().is_open());
}

TEST_CASE("Beast's time limit closes our socket") {
    io::context ctx(io::make_uring_backend({64, 1024}));
    fd_pair pair = tcp_pair();
    websocket::stream<io::socket> server(ctx, std::move(pair.ours));
    websocket::stream_base::timeout limits{};
    limits.handshake_timeout = 5ms;
    limits.idle_timeout = websocket::stream_base::none();
    server.set_option(limits);
    run(ctx, [&]() -> awaitable<void> {
        auto accepting = server.async_accept(asio::as_tuple(asio::use_awaitable));
        const auto [e] = co_await std::move(accepting);
        CHECK(e == boost::beast::error::timeout);
    });
    CHECK_FALSE(server.next_layer().is_open());
}

TEST_CASE("a Beast websocket works over a connection in memory, to the close") {
    using namespace std::string_literals;
    auto backend = std::make_unique<io::memory_backend>();
    auto [server, client] = backend->connect();
    io::context ctx(std::move(backend));
    client.on_progress([&ctx] { ctx.stop(); });
    spawn(ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        websocket::stream<io::socket> stream(ctx, std::move(fd));
        auto accepting = stream.async_accept(asio::use_awaitable);
        co_await std::move(accepting);
        boost::beast::flat_buffer buffer;
        auto reading = stream.async_read(buffer, asio::use_awaitable);
        co_await std::move(reading);
        auto writing = stream.async_write(buffer.data(), asio::use_awaitable);
        co_await std::move(writing);
        auto closing = stream.async_read(buffer, asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(closing);
        CHECK(e == websocket::error::closed);
    });
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
                 "Sec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    ctx.run();
    CHECK(client.read().find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
    client.write("\x81\x82\0\0\0\0hi"s); // a text, masked with zeros
    ctx.run();
    CHECK(client.read() == "\x81\x02hi");
    client.write("\x88\x80\0\0\0\0"s); // a close
    client.shutdown();
    for (int turn = 0; turn < 5 && !client.server_closed(); ++turn)
        ctx.run();
    CHECK(client.server_closed());
    CHECK(client.read().substr(0, 1) == "\x88");
    CHECK_FALSE(client.server_reset());
}
