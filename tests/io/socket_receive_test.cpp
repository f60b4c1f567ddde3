// What a socket receives: all of it, in order, and then the end or a reset.
#include "io/connected_socket.hpp"
#include "io/receive_all.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <array>
#include <string>
#include <string_view>
#include <thread>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

void transfer_whole(std::size_t bytes, bool armed, fd_pair pair) {
    connected_socket c(std::move(pair), {16, 1024});
    if (armed)
        c.socket.stay_armed();
    const std::string sent = pattern(bytes);
    std::jthread peer([fd = std::move(c.peer), &sent] { write_all(fd.get(), sent); });
    run(c.ctx, [&]() -> awaitable<void> {
        io::error_code end;
        auto receiving = receive_all(c.socket, end);
        const std::string got = co_await std::move(receiving);
        CHECK(end == asio::error::eof);
        CHECK(got.size() == bytes);
        CHECK((got == sent));
    });
    CHECK(c.ctx.buffers().filled() == 0);
}

void transfer_each_size(bool armed) {
    for (const std::size_t bytes : {0, 1, 2, 1023, 1024, 1025, 65'536, 1'000'003}) {
        transfer_whole(bytes, armed, stream_pair());
        transfer_whole(bytes, armed, tcp_pair());
    }
}

} // namespace

TEST_CASE("bytes arrive whole and in order, single-shot") {
    transfer_each_size(false);
}

TEST_CASE("bytes arrive whole and in order, armed") {
    transfer_each_size(true);
}

TEST_CASE("the end of the stream is reported again and again") {
    connected_socket c(stream_pair());
    c.peer.reset();
    run(c.ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            auto receiving = c.socket.receive();
            const auto [e, got] = co_await std::move(receiving);
            CHECK(e == asio::error::eof);
            CHECK(got.empty());
        }
    });
}

TEST_CASE("a reset is an error, after the bytes that came before it") {
    connected_socket c(tcp_pair());
    c.socket.stay_armed();
    run(c.ctx, [&]() -> awaitable<void> {
        write_all(c.peer.get(), "last words");
        auto receiving = c.socket.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK_FALSE(e);
        CHECK(got.bytes() == "last words");
        linger_zero(c.peer.get());
        c.peer.reset();
        io::error_code end;
        auto rest = receive_all(c.socket, end);
        const std::string more = co_await std::move(rest);
        CHECK(more.empty());
        CHECK(end == asio::error::connection_reset);
    });
}

TEST_CASE("async_read_some takes a little at a time, and mixes with receive") {
    connected_socket c(stream_pair());
    write_all(c.peer.get(), "abcdefghij");
    run(c.ctx, [&]() -> awaitable<void> {
        char three[3];
        for (const std::string_view expected : {"abc", "def"}) {
            auto reading = c.socket.async_read_some(asio::buffer(three), asio::use_awaitable);
            const std::size_t n = co_await std::move(reading);
            CHECK(std::string_view(three, n) == expected);
        }
        std::array<asio::mutable_buffer, 2> two{asio::buffer(three, 1), asio::buffer(three + 1, 2)};
        auto reading = c.socket.async_read_some(two, asio::use_awaitable);
        const auto done_reading = co_await std::move(reading);
        CHECK(done_reading == 3);
        CHECK(std::string_view(three, 3) == "ghi");
        auto receiving = c.socket.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK(got.bytes() == "j");
        auto empty = c.socket.async_read_some(asio::mutable_buffer(), asio::use_awaitable);
        const auto done_empty = co_await std::move(empty);
        CHECK(done_empty == 0);
    });
}
