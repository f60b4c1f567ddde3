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
