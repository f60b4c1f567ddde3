// What is submitted in one turn: more than the ring's queues hold, and in which order it is done.
#include "io/connected_socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

// Starts all `sends` of one byte each before the loop has run once.
void send_at_once(fd_pair pair, std::size_t sends) {
    connected_socket c(std::move(pair));
    std::size_t done = 0;
    for (std::size_t i = 0; i < sends; ++i)
        c.socket.async_send("x", [&](io::error_code e, std::size_t n) { done += !e && n == 1; });
    std::size_t received = 0;
    std::jthread peer([&] { received = read_all(c.peer.get()).size(); });
    run(c.ctx);
    CHECK(done == sends);
    c.socket.close();
    run(c.ctx);
    peer.join();
    CHECK(received == sends);
}

} // namespace

namespace {

const std::string large(100'000, 'x');     // long enough to wait; a socket takes it at once
const std::string larger(32'000'000, 'x'); // more than goes in a turn, or than a socket takes

} // namespace

TEST_CASE("small sends do not wait for the large ones that were asked for before them") {
    io::context ctx(make_backend());
    std::string order;
    {
        std::vector<io::socket> sockets;
        std::vector<unique_fd> peers;
        for (int i = 0; i < 10; ++i) {
            fd_pair pair = stream_pair();
            sockets.emplace_back(ctx, std::move(pair.ours));
            peers.push_back(std::move(pair.theirs));
        }
        const auto send = [&](std::size_t i, std::string_view bytes, auto then) {
            sockets[i].async_send(bytes, [&, i, bytes, then](io::error_code e, std::size_t n) {
                CHECK_FALSE(e);
                CHECK(n == bytes.size());
                order += "ABCDEFGHst"[i];
                then();
            });
        };
        const auto nothing = [] {};
        send(0, large, [&] { send(9, "small, later", nothing); });
        for (std::size_t i = 1; i < 8; ++i)
            send(i, large, nothing);
        send(8, "small", nothing);
        run(ctx);
    }
    // Six are 512 KiB or more. epoll sends when it is asked to.
    CHECK(order == (ctx.backend_name() == "io_uring" ? "sABCDEFtGH" : "ABCDEFGHst"));
}

TEST_CASE("a large send that has not begun is cancelled") {
    for (const bool by_descriptor : {false, true}) {
        connected_socket first(tcp_pair());
        fd_pair pair = tcp_pair();
        io::socket second(first.ctx, std::move(pair.ours));
        asio::cancellation_signal one;
        std::size_t ended = 0;
        first.socket.async_send(large, [&](io::error_code e, std::size_t) { ended += !e; });
        second.async_send(
            larger, asio::bind_cancellation_slot(one.slot(), [&](io::error_code e, std::size_t n) {
                CHECK(e);
                CHECK(n < larger.size());
                ++ended;
            }));
        if (by_descriptor)
            second.cancel();
        else
            one.emit(asio::cancellation_type::all);
        run(first.ctx);
        CHECK(ended == 2);
    }
}

TEST_CASE("a large send that has not begun comes before the close") {
    connected_socket first(tcp_pair());
    fd_pair pair = stream_pair();
    std::string received;
    {
        io::socket second(first.ctx, std::move(pair.ours));
        first.socket.async_send(larger, [&](io::error_code e, std::size_t) {
            CHECK_FALSE(e);
            first.socket.close();
        });
        second.async_send(large, [](io::error_code e, std::size_t) { CHECK_FALSE(e); });
        second.close();
    }
    std::jthread reader([&] { read_all(first.peer.get()); });
    std::jthread peer([&] { received = read_all(pair.theirs.get()); });
    run(first.ctx);
    peer.join();
    CHECK((received == large));
}

TEST_CASE("a context ends with large sends that have not begun") {
    auto ctx = std::make_unique<io::context>(make_backend());
    std::size_t alive = 0;
    std::vector<unique_fd> peers;
    for (int i = 0; i < 3; ++i) {
        fd_pair pair = tcp_pair();
        peers.push_back(std::move(pair.theirs));
        spawn(*ctx, [](io::context& c, unique_fd fd, std::size_t& count) -> awaitable<void> {
            struct counted {
                std::size_t& n;
                explicit counted(std::size_t& of) : n(of) { ++n; }
                ~counted() { --n; }
            } const now(count);
            io::socket s(c, std::move(fd));
            auto sending = s.send(larger);
            co_await std::move(sending);
        }(*ctx, std::move(pair.ours), alive));
    }
    asio::post(ctx->get_executor(), [&] { ctx->stop(); });
    ctx->run();
    CHECK(alive == 3);
    ctx.reset();
    CHECK(alive == 0);
}

TEST_CASE("more operations than the submission queue holds are submitted at once") {
    send_at_once(stream_pair(), 3000);
}

TEST_CASE("more completions than the completion queue holds all arrive") {
    send_at_once(tcp_pair(), 20'000); // the queue takes 8 192
}
