// A socket is a stream as Asio and Beast know it, and an object that can be moved.
#include "io/socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include <string>
#include <type_traits>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

static_assert(boost::beast::is_async_read_stream<io::socket>::value);
static_assert(boost::beast::is_async_write_stream<io::socket>::value);
static_assert(boost::beast::is_async_stream<io::socket>::value);
static_assert(std::is_nothrow_move_constructible_v<io::socket>);

TEST_CASE("Asio's composed operations work on a socket") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket ours(ctx, std::move(pair.ours));
    io::socket theirs(ctx, std::move(pair.theirs));
    const std::string sent = pattern(300'000);
    std::string received(sent.size(), '\0');
    run(ctx, [&]() -> awaitable<void> {
        auto writing = asio::async_write(theirs, asio::buffer(sent), asio::use_awaitable);
        auto reading = asio::async_read(ours, asio::buffer(received), asio::use_awaitable);
        auto both = std::move(writing) && std::move(reading);
        const auto [wrote, read] = co_await std::move(both);
        CHECK(wrote == sent.size());
        CHECK(read == sent.size());
        CHECK((received == sent));

        auto line = theirs.send("one line\r\nrest");
        co_await std::move(line);
        std::string text;
        auto reading_line =
            asio::async_read_until(ours, asio::dynamic_buffer(text), "\r\n", asio::use_awaitable);
        const auto done_reading_line = co_await std::move(reading_line);
        CHECK(done_reading_line == 10);
    });
}

TEST_CASE("a socket can be moved while it receives") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket first(ctx, std::move(pair.ours));
    std::string received;
    first.async_receive([&](io::error_code, const io::lease& got) { received = got.bytes(); });
    io::socket second(std::move(first));
    CHECK_FALSE(first.is_open());
    first = std::move(second);
    CHECK(first.is_open());
    write_all(pair.theirs.get(), "moved");
    run(ctx);
    CHECK(received == "moved");
}
