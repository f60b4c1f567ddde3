#include "io/tcp_stream.hpp"
#include "ringlet/sleep.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <thread>

using namespace ringlet;
using namespace ringlet::testing;
namespace websocket = boost::beast::websocket;

namespace {

// Echoes the messages of one websocket until it is closed.
template <class Stream>
awaitable<void> echo(Stream& ws) {
    co_await ws.async_accept();
    for (;;) {
        boost::beast::flat_buffer buffer;
        auto reading = ws.async_read(buffer, asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(reading);
        if (e) {
            CHECK(e == websocket::error::closed);
            co_return;
        }
        ws.binary(ws.got_binary());
        co_await ws.async_write(buffer.data());
    }
}

template <class Stream>
awaitable<void> talk(Stream& ws, std::string message) {
    co_await ws.async_handshake("localhost", "/");
    ws.binary(true);
    for (int i = 0; i < 3; ++i) {
        co_await ws.async_write(asio::buffer(message));
        boost::beast::flat_buffer buffer;
        co_await ws.async_read(buffer);
        CHECK((boost::beast::buffers_to_string(buffer.data()) == message));
    }
    co_await ws.async_ping({});
    co_await ws.async_close(websocket::close_code::normal);
}

} // namespace

TEST_CASE("a Beast websocket over a public socket needs no token, and may own the socket or not") {
    io::context ctx(make_backend({64, 1024}));
    fd_pair pair = tcp_pair();
    tcp_stream lent = detail::make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    websocket::stream<tcp_stream&> server(lent);
    websocket::stream<tcp_stream> client(
        detail::make_tcp_stream(io::socket(ctx, std::move(pair.theirs))));
    spawn(ctx, [&]() -> awaitable<void> { return echo(server); });
    run(ctx, [&]() -> awaitable<void> { return talk(client, pattern(50'000)); });
    CHECK_FALSE(lent.is_open());
    CHECK_FALSE(client.next_layer().is_open());
}

TEST_CASE("Beast's time limit closes a public socket") {
    io::context ctx(make_backend({64, 1024}));
    fd_pair pair = tcp_pair();
    websocket::stream<tcp_stream> server(
        detail::make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
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
    CHECK(read_all(pair.theirs.get()).empty());
}

TEST_CASE("waiting for a websocket message can be given a time limit with ||") {
    io::context ctx(make_backend({64, 1024}));
    fd_pair pair = tcp_pair();
    websocket::stream<tcp_stream> server(
        detail::make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
    websocket::stream<tcp_stream> client(
        detail::make_tcp_stream(io::socket(ctx, std::move(pair.theirs))));
    spawn(ctx, [&]() -> awaitable<void> {
        co_await client.async_handshake("localhost", "/");
        boost::beast::flat_buffer buffer;
        auto reading = client.async_read(buffer, asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(reading);
        CHECK(e == asio::error::eof);
    });
    run(ctx, [&]() -> awaitable<void> {
        co_await server.async_accept();
        boost::beast::flat_buffer buffer;
        auto limited = asio::experimental::awaitable_operators::operator||(
            server.async_read(buffer), sleep_for(2ms));
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        server.next_layer().close();
    });
}

TEST_CASE("a public socket is torn down politely: the peer's last bytes are read, not reset") {
    io::context ctx(make_backend({64, 1024}));
    fd_pair pair = tcp_pair();
    tcp_stream s = detail::make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    io::error_code result = asio::error::fault;
    async_teardown(boost::beast::role_type::server, s, [&](io::error_code e) { result = e; });
    std::jthread peer([fd = std::move(pair.theirs)] {
        CHECK(read_all(fd.get()).empty()); // sees the end at once
        write_all(fd.get(), pattern(100'000));
    });
    run(ctx);
    CHECK_FALSE(result);
    CHECK_FALSE(s.is_open());
}
