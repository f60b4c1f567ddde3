// A public socket is a stream as Asio and Beast know it, and an object that can be moved.
#include "io/tcp_streams.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include <string>
#include <string_view>
#include <type_traits>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;
using io::error_code;

static_assert(boost::beast::is_async_read_stream<tcp_stream>::value);
static_assert(boost::beast::is_async_write_stream<tcp_stream>::value);
static_assert(std::is_nothrow_move_constructible_v<tcp_stream>);
static_assert(std::is_nothrow_move_assignable_v<tcp_stream>);
static_assert(!std::is_copy_constructible_v<tcp_stream>);

TEST_CASE("Asio's composed operations on a public socket need no token") {
    io::context ctx(make_backend({16, 64}));
    two_sockets s(ctx, tcp_pair());
    const std::string sent = pattern(300'000);
    std::string received(sent.size(), '\0');
    run(ctx, [&]() -> awaitable<void> {
        auto writing = asio::async_write(s.theirs, asio::buffer(sent));
        auto reading = asio::async_read(s.ours, asio::buffer(received));
        auto both = std::move(writing) && std::move(reading);
        const auto [wrote, read] = co_await std::move(both);
        CHECK(wrote == sent.size());
        CHECK(read == sent.size());
        CHECK((received == sent));

        co_await s.theirs.async_write_some(asio::buffer("one line\r\nrest", 14));
        std::string text;
        const std::size_t line =
            co_await asio::async_read_until(s.ours, asio::dynamic_buffer(text), "\r\n");
        CHECK(line == 10);
        const std::size_t rest = text.size() - line;
        text.resize(14);
        co_await asio::async_read(s.ours, asio::buffer(text.data() + line + rest, 4 - rest));
        CHECK(text == "one line\r\nrest");
    });
}

TEST_CASE("a public socket can be moved while it reads") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream first = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    char text[5];
    std::size_t got = 0;
    first.async_read_some(asio::buffer(text), [&](error_code, std::size_t n) { got = n; });
    tcp_stream second(std::move(first));
    CHECK_FALSE(first.is_open());
    first = std::move(second);
    write_all(pair.theirs.get(), "moved");
    run(ctx);
    CHECK(std::string_view(text, got) == "moved");
}

TEST_CASE("the peer of a public socket has an address, on TCP") {
    io::context ctx(make_backend({16, 64}));
    const two_sockets tcp(ctx, tcp_pair());
    const two_sockets local(ctx, stream_pair());
    CHECK(tcp.ours.remote_address() == "127.0.0.1");
    CHECK(local.ours.remote_address().empty());
}
