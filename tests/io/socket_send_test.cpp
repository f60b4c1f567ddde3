// What a socket sends: all of it, however slow the peer, or an error when the peer is gone.
#include "io/connected_socket.hpp"
#include "io/socket_call.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/write.hpp>

#include <array>
#include <csignal>
#include <linux/sockios.h>
#include <string>
#include <sys/ioctl.h>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("a gathered send sends all of its buffers in order") {
    connected_socket c(tcp_pair());
    const std::string body = pattern(4'000'000);
    std::string received;
    std::jthread peer([&] { received = read_all(c.peer.get()); });
    run(c.ctx, [&]() -> awaitable<void> {
        const std::array<asio::const_buffer, 4> parts{asio::buffer("head", 4), asio::const_buffer(),
                                                      asio::buffer(body), asio::buffer("tail", 4)};
        auto sending = c.socket.async_send_all(parts, asio::use_awaitable);
        const auto done_sending = co_await std::move(sending);
        CHECK(done_sending == body.size() + 8);
        c.socket.shutdown_send();
    });
    peer.join();
    CHECK((received == "head" + body + "tail"));
}

TEST_CASE(
    "async_write_some takes more buffers than one call gathers, and sends the first of them") {
    connected_socket c(stream_pair());
    const std::vector<asio::const_buffer> many(io::socket::gather_most + 5, asio::buffer("x", 1));
    run(c.ctx, [&]() -> awaitable<void> {
        auto some = c.socket.async_write_some(many, asio::use_awaitable);
        const auto done_some = co_await std::move(some);
        CHECK(done_some == io::socket::gather_most);
        auto all = asio::async_write(c.socket, many, asio::use_awaitable);
        const auto done_all = co_await std::move(all);
        CHECK(done_all == many.size());
        auto none = c.socket.send("");
        const auto [e, n] = co_await std::move(none);
        CHECK_FALSE(e);
        CHECK(n == 0);
    });
}

TEST_CASE("a large send to a slow reader completes whole") {
    connected_socket c(tcp_pair());
    const std::string sent = pattern(6'000'000);
    std::string received;
    std::jthread peer([&] { received = read_all(c.peer.get(), 3'001); });
    run(c.ctx, [&]() -> awaitable<void> {
        auto sending = c.socket.send(sent);
        const auto [e, n] = co_await std::move(sending);
        CHECK_FALSE(e);
        CHECK(n == sent.size());
        c.socket.close();
    });
    peer.join();
    CHECK((received == sent));
}

TEST_CASE("a send to a peer that is gone is an error, and no signal") {
    connected_socket c(stream_pair());
    c.peer.reset();
    std::signal(SIGPIPE, SIG_DFL);
    run(c.ctx, [&]() -> awaitable<void> {
        auto sending = c.socket.send("anybody there?");
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
        CHECK(n == 0);
    });
}

TEST_CASE("a send that breaks off half way is an error, with what was sent") {
    connected_socket c(tcp_pair());
    const std::string large = pattern(32'000'000);
    std::jthread peer([&] {
        char some[4096];
        if (wait_for(c.peer.get(), POLLIN) && read(c.peer.get(), some, sizeof some) > 0)
            c.peer.reset(); // with bytes unread: a reset
    });
    run(c.ctx, [&]() -> awaitable<void> {
        auto sending = c.socket.send(large);
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
        CHECK(n > 0);
        CHECK(n < large.size());
    });
}

TEST_CASE("little waits to be sent to a peer that has not shown that it keeps up") {
    connected_socket c(tcp_pair());
    const int fd = c.socket.native_handle();
    io::limit_unsent(fd);
    const std::string large = pattern(1'000'000);
    const auto fill = [&] {
        while (::send(fd, large.data(), large.size(), MSG_DONTWAIT) > 0)
            ;
        int unsent = 0;
        ::ioctl(fd, SIOCOUTQNSD, &unsent);
        return unsent;
    };
    const int limited = fill();
    CHECK(limited < 256 * 1024);
    CHECK_FALSE(c.socket.peer_took(1'000'000, 1s)); // slowly
    CHECK(c.socket.peer_took(64 * 1024, 1ms));      // not enough to tell
    CHECK(fill() < 256 * 1024);
    CHECK(c.socket.peer_took(128 * 1024, 1ms));
    CHECK(fill() > 2 * limited);
}
