// What a public socket reads and writes, to the end of the stream.
#include "io/tcp_streams.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using io::error_code;

TEST_CASE("bytes that came before a public socket was made are read first") {
    connected_stream c(stream_pair(), "early ");
    write_all(c.peer.get(), "late");
    c.peer.reset();
    run(c.ctx, [&]() -> awaitable<void> {
        std::string all(100, '\0');
        const std::size_t first = co_await c.socket.async_read_some(asio::buffer(all, 2));
        CHECK(first == 2);
        auto rest = asio::async_read(c.socket, asio::buffer(all) + 2, asio::transfer_all(),
                                     asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(rest);
        CHECK(e == asio::error::eof);
        all.resize(2 + n);
        CHECK(all == "early late");
    });
}

TEST_CASE("what a reader leaves holds no provided buffer") {
    io::context ctx(make_backend({2, 64}));
    std::vector<tcp_stream> sockets;
    std::vector<unique_fd> peers;
    run(ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i) { // more than there are buffers
            fd_pair pair = stream_pair();
            write_all(pair.theirs.get(), "abc");
            sockets.push_back(make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
            peers.push_back(std::move(pair.theirs));
            char one = 0;
            co_await sockets.back().async_read_some(asio::buffer(&one, 1));
            CHECK(one == 'a');
            CHECK(ctx.buffers().filled() == 0);
        }
        for (tcp_stream& s : sockets) {
            char two[2];
            const std::size_t n = co_await asio::async_read(s, asio::buffer(two));
            CHECK(std::string_view(two, n) == "bc");
        }
    });
}

TEST_CASE("a public read fills the first buffer that is not empty") {
    io::context ctx(make_backend({16, 64}));
    two_sockets s(ctx, stream_pair());
    run(ctx, [&]() -> awaitable<void> {
        co_await asio::async_write(s.theirs, asio::buffer("abcdef", 6));
        char text[6];
        const std::array<asio::mutable_buffer, 3> into{
            asio::mutable_buffer(), asio::buffer(text, 4), asio::buffer(text + 4, 2)};
        const std::size_t first = co_await s.ours.async_read_some(into);
        CHECK(first == 4);
        const std::size_t none = co_await s.ours.async_read_some(asio::mutable_buffer());
        CHECK(none == 0);
        const std::size_t second = co_await s.ours.async_read_some(asio::buffer(text + 4, 2));
        CHECK(second == 2);
        CHECK(std::string_view(text, 6) == "abcdef");
    });
}

TEST_CASE("a public write gathers up to sixteen buffers") {
    io::context ctx(make_backend({16, 64}));
    two_sockets s(ctx, stream_pair());
    std::vector<asio::const_buffer> many(20, asio::buffer("x", 1));
    many.insert(many.begin(), asio::const_buffer());
    run(ctx, [&]() -> awaitable<void> {
        const std::size_t some = co_await s.ours.async_write_some(many);
        CHECK(some == 16);
        const std::size_t all = co_await asio::async_write(s.ours, many);
        CHECK(all == 20);
        const std::size_t none = co_await s.ours.async_write_some(asio::const_buffer());
        CHECK(none == 0);
        std::string received(36, '\0');
        co_await asio::async_read(s.theirs, asio::buffer(received));
        CHECK(received == std::string(36, 'x'));
    });
}

TEST_CASE("the end of the stream and a reset are errors of a public read") {
    io::context ctx(make_backend({16, 64}));
    fd_pair ending = tcp_pair();
    fd_pair resetting = tcp_pair();
    tcp_stream ended = make_tcp_stream(io::socket(ctx, std::move(ending.ours)));
    tcp_stream reset = make_tcp_stream(io::socket(ctx, std::move(resetting.ours)));
    ending.theirs.reset();
    linger_zero(resetting.theirs.get());
    resetting.theirs.reset();
    run(ctx, [&]() -> awaitable<void> {
        char byte[1];
        for (int i = 0; i < 2; ++i) {
            auto reading =
                ended.async_read_some(asio::buffer(byte), asio::as_tuple(asio::deferred));
            const auto [e, n] = co_await std::move(reading);
            CHECK(e == asio::error::eof);
            CHECK(n == 0);
        }
        error_code thrown;
        try {
            co_await reset.async_read_some(asio::buffer(byte));
        } catch (const boost::system::system_error& e) {
            thrown = e.code();
        }
        CHECK(thrown == asio::error::connection_reset);
    });
}

TEST_CASE("a public write to a peer that is gone is an error, and no signal") {
    connected_stream c(stream_pair());
    c.peer.reset();
    std::signal(SIGPIPE, SIG_DFL);
    run(c.ctx, [&]() -> awaitable<void> {
        auto writing = c.socket.async_write_some(asio::buffer("anybody there?", 14),
                                                 asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(writing);
        CHECK(e == asio::error::broken_pipe);
    });
}

TEST_CASE("shutdown_send() of a public socket ends the peer's stream, and only that") {
    io::context ctx(make_backend({16, 64}));
    two_sockets s(ctx, tcp_pair());
    run(ctx, [&]() -> awaitable<void> {
        s.ours.shutdown_send();
        char byte[1];
        auto reading =
            s.theirs.async_read_some(asio::buffer(byte), asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(reading);
        CHECK(e == asio::error::eof);
        co_await s.theirs.async_write_some(asio::buffer("x", 1));
        co_await s.ours.async_read_some(asio::buffer(byte));
        CHECK(byte[0] == 'x');
    });
}
