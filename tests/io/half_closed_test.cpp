// Sending to peers that have ended their half, which io_uring's poll reports instead of waiting for
// room.
#include "io/connected_socket.hpp"
#include "io/socket_call.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <fcntl.h>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

constexpr int peers_at_once = 30; // the ring has 8 threads that may block
constexpr std::size_t large_bytes = 2'000'000;

/// Little goes from ours to theirs before somebody reads.
fd_pair half_closed_pair() {
    const listening at;
    unique_fd theirs = connect_to(at.port, 64 * 1024);
    fd_pair pair{unique_fd(checked(accept4(at.fd.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept")),
                 std::move(theirs)};
    const int small = 128 * 1024;
    checked(setsockopt(pair.ours.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small), "buffer");
    io::limit_blocking_send(pair.ours.get());
    checked(shutdown(pair.theirs.get(), SHUT_WR), "shutdown");
    return pair;
}

std::string read_bytes(int fd, std::size_t bytes) {
    std::string all(bytes, '\0');
    std::size_t got = 0;
    while (got != bytes && wait_for(fd, POLLIN)) {
        const ssize_t n = ::read(fd, all.data() + got, bytes - got);
        if (n <= 0)
            break;
        got += static_cast<std::size_t>(n);
    }
    all.resize(got);
    return all;
}

/// One that the ring has sent to, without its reading: it knows what its poll is worth there.
struct known_peer : connected_socket {
    known_peer() : connected_socket(half_closed_pair()) {
        const std::string first = pattern(large_bytes);
        std::string received;
        std::jthread reader;
        bool whole = false;
        socket.async_send(first, [&](io::error_code e, std::size_t) { whole = !e; });
        run(ctx, [&]() -> awaitable<void> {
            for (int turn = 0; turn < 40; ++turn) { // a few ticks of the kernel's clock are enough
                auto step = io::async_sleep(ctx, 1ms, asio::use_awaitable);
                co_await std::move(step);
            }
            CHECK_FALSE(whole);
            reader = std::jthread([&] { received = read_bytes(peer.get(), large_bytes); });
        });
        reader.join();
        CHECK(whole);
        CHECK((received == first));
    }
};

struct outcome {
    io::error_code error;
    std::size_t sent = 0;
};

} // namespace

TEST_CASE(
    "peers that have ended their half and do not read hold up nobody, and get all in the end") {
    io::context ctx(make_backend({16, 64}));
    const std::string large = pattern(large_bytes);
    const std::array<asio::const_buffer, 3> parts{asio::buffer("head", 4), asio::buffer(large),
                                                  asio::buffer("tail", 4)};
    std::vector<unique_fd> peers;
    std::vector<io::socket> sockets;
    for (int i = 0; i <= peers_at_once; ++i) {
        fd_pair pair = half_closed_pair();
        peers.push_back(std::move(pair.theirs));
        sockets.emplace_back(ctx, std::move(pair.ours));
    }
    std::vector<std::string> received(peers.size());
    std::size_t whole = 0;
    const auto sent = [&](std::size_t i) {
        return [&, i](io::error_code e, std::size_t n) {
            whole += !e && n == large.size() + 8;
            sockets[i].close();
        };
    };
    for (std::size_t i = 0; i < sockets.size(); ++i)
        sockets[i].async_send_all(parts, sent(i));
    std::jthread reader([&] {
        for (std::size_t i = peers.size(); i-- != 0;) // the others come after the last
            received[i] = read_all(peers[i].get());
    });
    run(ctx);
    reader.join();
    CHECK(whole == peers.size());
    for (const std::string& r : received)
        CHECK((r == "head" + large + "tail"));
}

TEST_CASE("one send after the other reaches a peer that has ended its half") {
    known_peer c;
    const std::string large = pattern(large_bytes);
    std::string received;
    std::jthread reader([&] { received = read_all(c.peer.get(), 5'000); });
    run(c.ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            auto sending = c.socket.send(large);
            const auto [e, n] = co_await std::move(sending);
            CHECK_FALSE(e);
            CHECK(n == large.size());
            const std::array<asio::const_buffer, 2> small{asio::buffer("a", 1),
                                                          asio::buffer("b", 1)};
            auto gathering = c.socket.async_send_all(small, asio::use_awaitable);
            co_await std::move(gathering);
        }
        c.socket.close();
    });
    reader.join();
    const std::string once = large + "ab";
    CHECK((received == once + once + once));
}

TEST_CASE("a send to a peer that has ended its half can be cancelled, and the socket sends on") {
    for (const bool by_slot : {false, true}) {
        known_peer c;
        const std::string large = pattern(large_bytes);
        asio::cancellation_signal signal;
        std::optional<outcome> cancelled;
        c.socket.async_send(large, asio::bind_cancellation_slot(
                                       signal.slot(), [&](io::error_code e, std::size_t n) {
                                           cancelled = {e, n};
                                       }));
        asio::post(c.ctx.get_executor(), [&] {
            if (by_slot)
                signal.emit(asio::cancellation_type::all);
            else
                c.socket.cancel();
        });
        run(c.ctx);
        REQUIRE(cancelled);
        CHECK(cancelled->error);
        CHECK(cancelled->sent < large.size());

        std::string received;
        std::jthread reader([&] { received = read_all(c.peer.get()); });
        run(c.ctx, [&]() -> awaitable<void> {
            auto sending = c.socket.send(large);
            const auto [e, n] = co_await std::move(sending);
            CHECK_FALSE(e);
            c.socket.close();
        });
        reader.join();
        CHECK((received == large.substr(0, cancelled->sent) + large));
    }
}

TEST_CASE("a send that is cancelled at any time is not gone on with on the next socket") {
    io::context ctx(make_backend({16, 64}));
    const std::string large = pattern(large_bytes);
    for (int i = 0; i < 40; ++i) {
        fd_pair pair = half_closed_pair();
        const int number = pair.ours.get();
        io::socket first(ctx, std::move(pair.ours));
        fd_pair again = half_closed_pair();
        std::string received;
        std::optional<outcome> done;
        first.async_send(large, [&](io::error_code e, std::size_t n) { done = {e, n}; });
        run(ctx, [&]() -> awaitable<void> {
            for (int turn = 0; turn < i % 20; ++turn) { // with the ring, its thread, or without
                auto step = io::async_sleep(ctx, 1ms, asio::use_awaitable);
                co_await std::move(step);
            }
            CHECK_FALSE(done);
            first.cancel();
            first.close();
            auto closed = until(ctx, [&] { return ::fcntl(number, F_GETFD) < 0; });
            co_await std::move(closed);
            unique_fd same(::fcntl(again.ours.get(), F_DUPFD_CLOEXEC, number));
            CHECK(same.get() == number);
            again.ours.reset();
            io::socket second(ctx, std::move(same));
            auto sending = second.send("of the second");
            co_await std::move(sending);
            auto ended = until(ctx, [&] { return done.has_value(); });
            co_await std::move(ended);
            second.close();
            auto gone = until(ctx, [&] { return ::fcntl(number, F_GETFD) < 0; });
            co_await std::move(gone);
            received = read_all(again.theirs.get());
        });
        REQUIRE(done);
        CHECK(done->error);
        CHECK(done->sent < large.size());
        CHECK(received == "of the second");
    }
}

TEST_CASE("a send to a peer that has ended its half outlives the close of its socket") {
    known_peer c;
    if (make_backend()->name() != "io_uring")
        return; // epoll wants it cancelled first
    const std::string large = pattern(large_bytes);
    std::optional<outcome> done;
    c.socket.async_send(large, [&](io::error_code e, std::size_t n) { done = {e, n}; });
    std::string received;
    std::jthread reader;
    asio::post(c.ctx.get_executor(), [&] {
        c.socket.close();
        reader = std::jthread([&] { received = read_all(c.peer.get()); });
    });
    run(c.ctx);
    reader.join();
    REQUIRE(done);
    CHECK_FALSE(done->error);
    CHECK((received == large));
}

TEST_CASE("a context can be destroyed while peers that have ended their half do not read") {
    unique_fd peer;
    std::optional<fd_pair> other;
    {
        known_peer c;
        const std::string large = pattern(large_bytes);
        other = half_closed_pair();
        io::socket second(c.ctx, std::move(other->ours));
        std::optional<outcome> done;
        c.socket.async_send(large, [&](io::error_code e, std::size_t n) { done = {e, n}; });
        second.async_send(large, [&](io::error_code e, std::size_t n) { done = {e, n}; });
        spawn(c.ctx, [&]() -> awaitable<void> {
            auto begun = until(c.ctx, [&] { return readable(other->theirs.get()); });
            co_await std::move(begun);
            c.ctx.stop();
        });
        c.ctx.run();
        peer = std::move(c.peer);
        CHECK_FALSE(done);
    }
    CHECK(read_all(peer.get()).size() < large_bytes);
    CHECK(read_all(other->theirs.get()).size() < large_bytes);
}

TEST_CASE("a peer that resets ends what is sent to it after it had ended its half") {
    known_peer c;
    const std::string large = pattern(large_bytes);
    std::optional<outcome> done;
    c.socket.async_send(large, [&](io::error_code e, std::size_t n) { done = {e, n}; });
    asio::post(c.ctx.get_executor(), [&] {
        linger_zero(c.peer.get());
        c.peer.reset();
    });
    run(c.ctx);
    REQUIRE(done);
    CHECK(done->error);
    CHECK(done->sent < large.size());
}
