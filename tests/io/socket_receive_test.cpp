// What a socket receives: all of it, in order, and then the end or a reset.
#include "io/receive_all.hpp"
#include "io/socket.hpp"
#include "io/uring_backend.hpp"
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
