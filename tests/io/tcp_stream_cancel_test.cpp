// Cancelling and closing a public socket, in each way there is, and what its operations hear of it.
#include "io/tcp_streams.hpp"
#include "ringlet/sleep.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;
using io::error_code;

TEST_CASE("a public read that is cancelled by || loses no bytes") {
    connected_stream c(stream_pair());
    run(c.ctx, [&]() -> awaitable<void> {
        char text[4];
        for (int i = 0; i < 3; ++i) {
            auto limited = c.socket.async_read_some(asio::buffer(text)) || sleep_for(1ms);
            const auto first = co_await std::move(limited);
            CHECK(first.index() == 1);
        }
        write_all(c.peer.get(), "late");
        auto again = asio::async_read(c.socket, asio::buffer(text)) || sleep_for(patience);
        const auto second = co_await std::move(again);
        CHECK(second.index() == 0);
        CHECK(std::string_view(text, 4) == "late");
    });
}

TEST_CASE("a public write that the peer does not take is cancelled by ||") {
    connected_stream c(tcp_pair());
    const std::string much = pattern(32'000'000);
    run(c.ctx, [&]() -> awaitable<void> {
        auto limited = asio::async_write(c.socket, asio::buffer(much)) || sleep_for(5ms);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
    });
    CHECK(c.socket.is_open());
}

TEST_CASE("a public read and write are cancelled through their slots") {
    io::context ctx(make_backend({16, 64}));
    stuffed s(ctx);
    asio::cancellation_signal reading;
    asio::cancellation_signal writing;
    std::vector<error_code> results;
    const auto note = [&](error_code e, std::size_t) { results.push_back(e); };
    char byte[1];
    s.socket->async_read_some(asio::buffer(byte),
                              asio::bind_cancellation_slot(reading.slot(), note));
    s.socket->async_write_some(asio::buffer(byte),
                               asio::bind_cancellation_slot(writing.slot(), note));
    asio::post(ctx.get_executor(), [&] {
        CHECK(results.empty());
        reading.emit(asio::cancellation_type::total);
        writing.emit(asio::cancellation_type::total);
    });
    run(ctx);
    CHECK(results == std::vector<error_code>(2, asio::error::operation_aborted));
}

TEST_CASE("cancel(), close() and the destructor of a public socket end what is under way") {
    enum class by { cancel, close, end, assignment };
    for (const by how : {by::cancel, by::close, by::end, by::assignment}) {
        io::context ctx(make_backend({16, 64}));
        stuffed peer(ctx);
        auto& s = peer.socket;
        std::vector<error_code> results;
        const auto note = [&](error_code e, std::size_t) { results.push_back(e); };
        char byte[1];
        s->async_read_some(asio::buffer(byte), note);
        s->async_write_some(asio::buffer(byte), note);
        asio::post(ctx.get_executor(), [&] {
            CHECK(results.empty());
            switch (how) {
            case by::cancel:
                s->cancel();
                break;
            case by::close:
                s->close();
                break;
            case by::end:
                s.reset();
                break;
            case by::assignment:
                *s = tcp_stream();
                break;
            }
        });
        run(ctx);
        CHECK(results == std::vector<error_code>(2, asio::error::operation_aborted));
        CHECK((s && s->is_open()) == (how == by::cancel));
    }
}

TEST_CASE("a public read that has its bytes is not undone by cancelling or closing") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    auto s = std::make_unique<tcp_stream>(make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
    write_all(pair.theirs.get(), "ab");
    char one[1];
    std::string got;
    asio::cancellation_signal signal;
    asio::post(ctx.get_executor(), [&] {
        s->async_read_some(asio::buffer(one), [&](error_code, std::size_t) {
            s->async_read_some(
                asio::buffer(one),
                asio::bind_cancellation_slot(signal.slot(), [&](error_code e, std::size_t n) {
                    CHECK_FALSE(e);
                    got.assign(one, n);
                }));
            signal.emit(asio::cancellation_type::all);
            s.reset();
        });
    });
    run(ctx);
    CHECK(got == "b");
}

TEST_CASE("operations on a closed public socket fail") {
    connected_stream c(stream_pair(), "unread");
    c.socket.close();
    c.socket.close();
    c.socket.cancel();
    c.socket.shutdown_send();
    CHECK(c.socket.remote_address().empty());
    std::vector<error_code> results;
    const auto note = [&](error_code e, std::size_t) { results.push_back(e); };
    char byte[1];
    c.socket.async_read_some(asio::buffer(byte), note);
    c.socket.async_write_some(asio::buffer(byte), note);
    run(c.ctx);
    CHECK(results == std::vector<error_code>(2, asio::error::bad_descriptor));
    tcp_stream none;
    CHECK_FALSE(none.is_open());
    none.close();
    none.cancel();
}
