// What a socket sends: all of it, however slow the peer, or an error when the peer is gone.
#include "io/socket.hpp"
#include "io/uring_backend.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/write.hpp>

#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("a gathered send sends all of its buffers in order") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket s(ctx, std::move(pair.ours));
    const std::string body = pattern(4'000'000);
    std::string received;
    std::jthread peer([&] { received = read_all(pair.theirs.get()); });
    run(ctx, [&]() -> awaitable<void> {
        const std::array<asio::const_buffer, 4> parts{asio::buffer("head", 4), asio::const_buffer(),
                                                      asio::buffer(body), asio::buffer("tail", 4)};
        auto sending = s.async_send_all(parts, asio::use_awaitable);
        const auto done_sending = co_await std::move(sending);
        CHECK(done_sending == body.size() + 8);
        s.shutdown_send();
    });
    peer.join();
    CHECK((received == "head" + body + "tail"));
}

TEST_CASE(
    "async_write_some takes more buffers than one call gathers, and sends the first of them") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    const std::vector<asio::const_buffer> many(io::socket::gather_most + 5, asio::buffer("x", 1));
    run(ctx, [&]() -> awaitable<void> {
        auto some = s.async_write_some(many, asio::use_awaitable);
        const auto done_some = co_await std::move(some);
        CHECK(done_some == io::socket::gather_most);
        auto all = asio::async_write(s, many, asio::use_awaitable);
        const auto done_all = co_await std::move(all);
        CHECK(done_all == many.size());
        auto none = s.send("");
        const auto [e, n] = co_await std::move(none);
        CHECK_FALSE(e);
        CHECK(n == 0);
    });
}

TEST_CASE("a large send to a slow reader completes whole") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket s(ctx, std::move(pair.ours));
    const std::string sent = pattern(6'000'000);
    std::string received;
    std::jthread peer([&] { received = read_all(pair.theirs.get(), 3'001); });
    run(ctx, [&]() -> awaitable<void> {
        auto sending = s.send(sent);
        const auto [e, n] = co_await std::move(sending);
        CHECK_FALSE(e);
        CHECK(n == sent.size());
        s.close();
    });
    peer.join();
    CHECK((received == sent));
}

TEST_CASE("a send to a peer that is gone is an error, and no signal") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    pair.theirs.reset();
    std::signal(SIGPIPE, SIG_DFL);
    run(ctx, [&]() -> awaitable<void> {
        auto sending = s.send("anybody there?");
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
        CHECK(n == 0);
    });
}

TEST_CASE("a send that breaks off half way is an error, with what was sent") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket s(ctx, std::move(pair.ours));
    const std::string large = pattern(32'000'000);
    std::jthread peer([&] {
        char some[4096];
        if (wait_for(pair.theirs.get(), POLLIN) && read(pair.theirs.get(), some, sizeof some) > 0)
            pair.theirs.reset(); // with bytes unread: a reset
    });
    run(ctx, [&]() -> awaitable<void> {
        auto sending = s.send(large);
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
        CHECK(n > 0);
        CHECK(n < large.size());
    });
}
