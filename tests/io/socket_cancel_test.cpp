// Cancelling what a socket does, in each way there is: no bytes are lost, and the socket goes on.
#include "io/connected_socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include <string>
#include <thread>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

TEST_CASE("cancel() ends a send that the peer does not take, and a receive") {
    connected_socket c(tcp_pair());
    const std::string large = pattern(32'000'000);
    spawn(c.ctx, [&]() -> awaitable<void> {
        auto sending = c.socket.send(large);
        const auto [e, n] = co_await std::move(sending);
        CHECK(e);
        CHECK(n < large.size());
    });
    spawn(c.ctx, [&]() -> awaitable<void> {
        auto receiving = c.socket.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK(e == asio::error::operation_aborted);
    });
    run(c.ctx, [&]() -> awaitable<void> {
        auto waiting = until(c.ctx, [&] { return readable(c.peer.get()); });
        co_await std::move(waiting);
        c.socket.cancel();
    });
    CHECK(c.socket.is_open());
}

TEST_CASE("after cancel() a socket receives on") {
    for (const bool armed : {false, true}) {
        connected_socket c(stream_pair());
        if (armed)
            c.socket.stay_armed();
        run(c.ctx, [&]() -> awaitable<void> {
            for (int i = 0; i < 20; ++i) {
                asio::post(c.ctx.get_executor(), [&] { c.socket.cancel(); });
                auto receiving = c.socket.receive();
                const auto [e, got] = co_await std::move(receiving);
                CHECK(e == asio::error::operation_aborted);
            }
            write_all(c.peer.get(), "still here");
            auto receiving = c.socket.receive();
            const auto [e, got] = co_await std::move(receiving);
            CHECK_FALSE(e);
            CHECK(got.bytes() == "still here");
        });
    }
}

TEST_CASE("a receive that is cancelled through its slot loses no bytes") {
    for (const bool armed : {false, true}) {
        connected_socket c(stream_pair(), {64, 256});
        if (armed)
            c.socket.stay_armed();
        const std::string sent = pattern(400'000);
        std::jthread peer([fd = std::move(c.peer), &sent] { write_all(fd.get(), sent); });
        std::string received;
        run(c.ctx, [&]() -> awaitable<void> {
            for (bool ended = false; !ended;) {
                asio::cancellation_signal signal;
                asio::post(c.ctx.get_executor(),
                           [&] { signal.emit(asio::cancellation_type::all); });
                auto token = asio::bind_cancellation_slot(signal.slot(),
                                                          asio::as_tuple(asio::use_awaitable));
                auto receiving = c.socket.async_receive(token);
                const auto [e, got] = co_await std::move(receiving);
                if (!e)
                    received.append(got.bytes());
                ended = e == asio::error::eof;
                auto turn = asio::post(c.ctx.get_executor(), asio::use_awaitable);
                co_await std::move(turn); // the signal lives until its handler has run
            }
        });
        CHECK((received == sent));
    }
}

TEST_CASE("a receive can be given a time limit with ||") {
    connected_socket c(stream_pair());
    run(c.ctx, [&]() -> awaitable<void> {
        auto limited = c.socket.async_receive(asio::use_awaitable) ||
                       io::async_sleep(c.ctx, 1ms, asio::use_awaitable);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        write_all(c.peer.get(), "late");
        auto again = c.socket.async_receive(asio::use_awaitable) ||
                     io::async_sleep(c.ctx, patience, asio::use_awaitable);
        const auto second = co_await std::move(again);
        REQUIRE(second.index() == 0);
        CHECK(std::get<0>(second).bytes() == "late");
    });
}
