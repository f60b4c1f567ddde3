#include "io/socket.hpp"
#include "io/uring_backend.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include <csignal>
#include <fcntl.h>
#include <string>
#include <thread>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

static_assert(boost::beast::is_async_read_stream<io::socket>::value);
static_assert(boost::beast::is_async_write_stream<io::socket>::value);
static_assert(boost::beast::is_async_stream<io::socket>::value);
static_assert(std::is_nothrow_move_constructible_v<io::socket>);

namespace {

// Receives until the end of the stream or an error, which `end` gets.
awaitable<std::string> receive_all(io::socket& s, io::error_code& end) {
    std::string all;
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e) {
            end = e;
            co_return all;
        }
        all.append(got.bytes());
    }
}

void transfer_whole(std::size_t bytes, bool armed, fd_pair pair) {
    io::context ctx(io::make_uring_backend({16, 1024}));
    io::socket s(ctx, std::move(pair.ours));
    if (armed)
        s.stay_armed();
    const std::string sent = pattern(bytes);
    std::jthread peer([fd = std::move(pair.theirs), &sent] { write_all(fd.get(), sent); });
    run(ctx, [&]() -> awaitable<void> {
        io::error_code end;
        auto receiving = receive_all(s, end);
        const std::string got = co_await std::move(receiving);
        CHECK(end == asio::error::eof);
        CHECK(got.size() == bytes);
        CHECK((got == sent));
    });
    CHECK(ctx.buffers().filled() == 0);
}

} // namespace

TEST_CASE("bytes arrive whole and in order, single-shot") {
    for (const std::size_t bytes : {0, 1, 2, 1023, 1024, 1025, 65'536, 1'000'003}) {
        transfer_whole(bytes, false, stream_pair());
        transfer_whole(bytes, false, tcp_pair());
    }
}

TEST_CASE("bytes arrive whole and in order, armed") {
    for (const std::size_t bytes : {0, 1, 2, 1023, 1024, 1025, 65'536, 1'000'003}) {
        transfer_whole(bytes, true, stream_pair());
        transfer_whole(bytes, true, tcp_pair());
    }
}

TEST_CASE("the end of the stream is reported again and again") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    pair.theirs.reset();
    run(ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            auto receiving = s.receive();
            const auto [e, got] = co_await std::move(receiving);
            CHECK(e == asio::error::eof);
            CHECK(got.empty());
        }
    });
}

TEST_CASE("a reset is an error, after the bytes that came before it") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket s(ctx, std::move(pair.ours));
    s.stay_armed();
    run(ctx, [&]() -> awaitable<void> {
        write_all(pair.theirs.get(), "last words");
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK_FALSE(e);
        CHECK(got.bytes() == "last words");
        linger_zero(pair.theirs.get());
        pair.theirs.reset();
        io::error_code end;
        auto rest = receive_all(s, end);
        const std::string more = co_await std::move(rest);
        CHECK(more.empty());
        CHECK(end == asio::error::connection_reset);
    });
}

TEST_CASE("async_read_some takes a little at a time, and mixes with receive") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    write_all(pair.theirs.get(), "abcdefghij");
    run(ctx, [&]() -> awaitable<void> {
        char three[3];
        for (const std::string_view expected : {"abc", "def"}) {
            auto reading = s.async_read_some(asio::buffer(three), asio::use_awaitable);
            const std::size_t n = co_await std::move(reading);
            CHECK(std::string_view(three, n) == expected);
        }
        std::array<asio::mutable_buffer, 2> two{asio::buffer(three, 1), asio::buffer(three + 1, 2)};
        auto reading = s.async_read_some(two, asio::use_awaitable);
        const auto done_reading = co_await std::move(reading);
        CHECK(done_reading == 3);
        CHECK(std::string_view(three, 3) == "ghi");
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK(got.bytes() == "j");
        auto empty = s.async_read_some(asio::mutable_buffer(), asio::use_awaitable);
        const auto done_empty = co_await std::move(empty);
        CHECK(done_empty == 0);
    });
}

TEST_CASE("Asio's composed operations work on a socket") {
    io::context ctx(io::make_uring_backend({16, 64}));
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

TEST_CASE("cancel() ends a send that the peer does not take, and a receive") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket s(ctx, std::move(pair.ours));
    const std::string large = pattern(32'000'000);
    spawn(ctx, [&]() -> awaitable<void> {
        auto sending = s.send(large);
        const auto [e, n] = co_await std::move(sending);
        CHECK(e);
        CHECK(n < large.size());
    });
    spawn(ctx, [&]() -> awaitable<void> {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK(e == asio::error::operation_aborted);
    });
    run(ctx, [&]() -> awaitable<void> {
        auto waiting = until(ctx, [&] { return readable(pair.theirs.get()); });
        co_await std::move(waiting);
        s.cancel();
    });
    CHECK(s.is_open());
}

TEST_CASE("after cancel() a socket receives on") {
    for (const bool armed : {false, true}) {
        io::context ctx(io::make_uring_backend({16, 64}));
        fd_pair pair = stream_pair();
        io::socket s(ctx, std::move(pair.ours));
        if (armed)
            s.stay_armed();
        run(ctx, [&]() -> awaitable<void> {
            for (int i = 0; i < 20; ++i) {
                asio::post(ctx.get_executor(), [&] { s.cancel(); });
                auto receiving = s.receive();
                const auto [e, got] = co_await std::move(receiving);
                CHECK(e == asio::error::operation_aborted);
            }
            write_all(pair.theirs.get(), "still here");
            auto receiving = s.receive();
            const auto [e, got] = co_await std::move(receiving);
            CHECK_FALSE(e);
            CHECK(got.bytes() == "still here");
        });
    }
}

TEST_CASE("a receive that is cancelled through its slot loses no bytes") {
    for (const bool armed : {false, true}) {
        io::context ctx(io::make_uring_backend({64, 256}));
        fd_pair pair = stream_pair();
        io::socket s(ctx, std::move(pair.ours));
        if (armed)
            s.stay_armed();
        const std::string sent = pattern(400'000);
        std::jthread peer([fd = std::move(pair.theirs), &sent] { write_all(fd.get(), sent); });
        std::string received;
        run(ctx, [&]() -> awaitable<void> {
            for (bool ended = false; !ended;) {
                asio::cancellation_signal signal;
                asio::post(ctx.get_executor(), [&] { signal.emit(asio::cancellation_type::all); });
                auto token = asio::bind_cancellation_slot(signal.slot(),
                                                          asio::as_tuple(asio::use_awaitable));
                auto receiving = s.async_receive(token);
                const auto [e, got] = co_await std::move(receiving);
                if (!e)
                    received.append(got.bytes());
                ended = e == asio::error::eof;
                auto turn = asio::post(ctx.get_executor(), asio::use_awaitable);
                co_await std::move(turn); // the signal lives until its handler has run
            }
        });
        CHECK((received == sent));
    }
}

TEST_CASE("a receive can be given a time limit with ||") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    run(ctx, [&]() -> awaitable<void> {
        auto limited =
            s.async_receive(asio::use_awaitable) || io::async_sleep(ctx, 1ms, asio::use_awaitable);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        write_all(pair.theirs.get(), "late");
        auto again = s.async_receive(asio::use_awaitable) ||
                     io::async_sleep(ctx, patience, asio::use_awaitable);
        const auto second = co_await std::move(again);
        REQUIRE(second.index() == 0);
        CHECK(std::get<0>(second).bytes() == "late");
    });
}

TEST_CASE("the peer of a socket that is destroyed while armed sees the end promptly") {
    for (const bool received_before : {false, true}) {
        io::context ctx(io::make_uring_backend({16, 64}));
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
        io::context ctx(io::make_uring_backend({16, 64}));
        fd_pair pair = tcp_pair();
        io::socket s(ctx, std::move(pair.ours));
        run(ctx, [&]() -> awaitable<void> {
            if (armed) {
                s.stay_armed();
                write_all(pair.theirs.get(), "x");
                auto receiving = s.receive();
                co_await std::move(receiving);
            }
            s.reset_on_close();
            s.close();
        });
        char byte[1];
        REQUIRE(wait_for(pair.theirs.get(), POLLIN));
        CHECK(read(pair.theirs.get(), byte, sizeof byte) == -1);
        CHECK(errno == ECONNRESET);
    }
}

TEST_CASE("closing a socket ends its receive") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    spawn(ctx, [&]() -> awaitable<void> {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK(e == asio::error::operation_aborted);
        auto again = s.receive();
        const auto [e2, got2] = co_await std::move(again);
        CHECK(e2 == asio::error::bad_descriptor);
        auto sending = s.send("x");
        const auto [e3, n] = co_await std::move(sending);
        CHECK(e3 == asio::error::bad_descriptor);
    });
    asio::post(ctx.get_executor(), [&] {
        s.close();
        s.close();
        s.cancel();
    });
    run(ctx);
    CHECK_FALSE(s.is_open());
}

TEST_CASE("a read that has its bytes but was not yet resumed survives the end of its socket") {
    io::context ctx(io::make_uring_backend({16, 64}));
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
    io::context ctx(io::make_uring_backend({16, 64}));
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
    io::context ctx(io::make_uring_backend({16, 64}));
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

TEST_CASE("a socket can be moved while it receives") {
    io::context ctx(io::make_uring_backend({16, 64}));
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

TEST_CASE("more operations than the submission queue holds are submitted at once") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    io::socket s(ctx, std::move(pair.ours));
    constexpr int sends = 3000;
    int done = 0;
    for (int i = 0; i < sends; ++i)
        s.async_send("x", [&](io::error_code e, std::size_t n) { done += !e && n == 1; });
    std::string received;
    std::jthread peer([&] { received = read_all(pair.theirs.get()); });
    run(ctx);
    CHECK(done == sends);
    s.close();
    run(ctx);
    peer.join();
    CHECK(received.size() == sends);
}

TEST_CASE("more completions than the completion queue holds all arrive") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket s(ctx, std::move(pair.ours));
    constexpr int sends = 20'000; // the queue takes 8 192
    int done = 0;
    for (int i = 0; i < sends; ++i)
        s.async_send("x", [&](io::error_code e, std::size_t n) { done += !e && n == 1; });
    std::size_t received = 0;
    std::jthread peer([&] { received = read_all(pair.theirs.get()).size(); });
    run(ctx);
    CHECK(done == sends);
    s.close();
    run(ctx);
    peer.join();
    CHECK(received == sends);
}
