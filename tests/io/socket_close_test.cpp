// The end of a socket, closed or destroyed with operations under way: what they and the peer see.
#include "io/connected_socket.hpp"
#include "io/socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include <cerrno>
#include <memory>
#include <string>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

TEST_CASE("the peer of a socket that is destroyed while armed sees the end promptly") {
    for (const bool received_before : {false, true}) {
        io::context ctx(make_backend({16, 64}));
        fd_pair pair = tcp_pair();
        run(ctx, [&]() -> awaitable<void> {
            io::socket s(ctx, std::move(pair.ours));
            s.stay_armed();
            if (received_before) {
                write_all(pair.theirs.get(), "x");
                auto receiving = s.receive();
                co_await std::move(receiving);
            } else {
                auto limited = s.async_receive(asio::use_awaitable) ||
                               io::async_sleep(ctx, 1ms, asio::use_awaitable);
                co_await std::move(limited);
            }
        });
        // run() has returned: nothing that was submitted may be left lying about.
        CHECK(read_all(pair.theirs.get()).empty());
    }
}

TEST_CASE("a socket that is to reset on close ends with a reset instead of the end of the stream") {
    for (const bool armed : {false, true}) {
        connected_socket c(tcp_pair());
        run(c.ctx, [&]() -> awaitable<void> {
            if (armed) {
                c.socket.stay_armed();
                write_all(c.peer.get(), "x");
                auto receiving = c.socket.receive();
                co_await std::move(receiving);
            }
            c.socket.reset_on_close();
            c.socket.close();
        });
        char byte[1];
        REQUIRE(wait_for(c.peer.get(), POLLIN));
        CHECK(read(c.peer.get(), byte, sizeof byte) == -1);
        CHECK(errno == ECONNRESET);
    }
}

TEST_CASE("closing a socket ends its receive") {
    connected_socket c(stream_pair());
    spawn(c.ctx, [&]() -> awaitable<void> {
        auto receiving = c.socket.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK(e == asio::error::operation_aborted);
        auto again = c.socket.receive();
        const auto [e2, got2] = co_await std::move(again);
        CHECK(e2 == asio::error::bad_descriptor);
        auto sending = c.socket.send("x");
        const auto [e3, n] = co_await std::move(sending);
        CHECK(e3 == asio::error::bad_descriptor);
    });
    asio::post(c.ctx.get_executor(), [&] {
        c.socket.close();
        c.socket.close();
        c.socket.cancel();
    });
    run(c.ctx);
    CHECK_FALSE(c.socket.is_open());
}

TEST_CASE("a read that has its bytes but was not yet resumed survives the end of its socket") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    auto s = std::make_unique<io::socket>(ctx, std::move(pair.ours));
    asio::cancellation_signal signal;
    write_all(pair.theirs.get(), "ab");
    char one[1];
    std::string got;
    asio::post(ctx.get_executor(), [&] {
        // Brings both bytes, one of which stays with the socket.
        s->async_read_some(asio::buffer(one), [&](io::error_code, std::size_t) {
            // Completes at once, from what is there, but only from the loop.
            s->async_read_some(
                asio::buffer(one),
                asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e, std::size_t n) {
                    CHECK_FALSE(e);
                    got.assign(one, n);
                }));
            s.reset();
            signal.emit(asio::cancellation_type::all);
        });
    });
    run(ctx);
    CHECK(got == "b");
}

TEST_CASE("cancelling a receive whose socket was just closed does nothing") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    auto s = std::make_unique<io::socket>(ctx, std::move(pair.ours));
    asio::cancellation_signal signal;
    io::error_code result;
    s->async_receive(asio::bind_cancellation_slot(
        signal.slot(), [&](io::error_code e, const io::lease&) { result = e; }));
    asio::post(ctx.get_executor(), [&] {
        s.reset();
        signal.emit(asio::cancellation_type::all);
    });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("descriptors that are closed and used again do not mix up their operations") {
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 500; ++i) {
            fd_pair pair = stream_pair();
            io::socket s(ctx, std::move(pair.ours));
            s.stay_armed();
            write_all(pair.theirs.get(), "a");
            auto receiving = s.receive();
            const auto [e, got] = co_await std::move(receiving);
            CHECK_FALSE(e);
            CHECK(got.bytes() == "a");
        } // armed, cancelled and closed here; the numbers come again in the next round
    });
}
