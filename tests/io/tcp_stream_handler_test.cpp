// The handlers of a public socket's operations: where they run, whose memory they take, and what
// becomes of them when the context ends.
#include "io/tcp_streams.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>

using namespace ringlet;
using namespace ringlet::testing;
using io::error_code;

namespace {

/// A handler with an allocator that counts.
template <class T>
struct counting_allocator {
    using value_type = T;
    explicit counting_allocator(int& n) noexcept : live(&n) {}
    template <class U>
    counting_allocator(const counting_allocator<U>& other) noexcept : live(other.live) {}
    T* allocate(std::size_t n) {
        ++*live;
        return std::allocator<T>().allocate(n);
    }
    void deallocate(T* p, std::size_t n) noexcept {
        --*live;
        std::allocator<T>().deallocate(p, n);
    }
    template <class U>
    bool operator==(const counting_allocator<U>& other) const noexcept {
        return live == other.live;
    }
    int* live;
};

} // namespace

TEST_CASE("a public operation completes on the executor of its handler") {
    connected_stream c(stream_pair());
    asio::io_context elsewhere;
    std::thread::id ran_on;
    char byte[1];
    c.socket.async_read_some(
        asio::buffer(byte),
        asio::bind_executor(elsewhere.get_executor(),
                            [&](error_code, std::size_t) { ran_on = std::this_thread::get_id(); }));
    std::jthread other([&] { elsewhere.run(); }); // has work until the handler has run
    const std::thread::id expected = other.get_id();
    write_all(c.peer.get(), "x");
    run(c.ctx);
    other.join();
    CHECK(ran_on == expected);
}

TEST_CASE("a public operation lives in memory of its handler's allocator, free when it completes") {
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = stream_pair();
    int live = 0;
    char byte[1];
    const auto with_allocator = [&](auto f) {
        return asio::bind_allocator(counting_allocator<char>(live), f);
    };
    bool called = false;
    {
        tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
        s.async_read_some(asio::buffer(byte), with_allocator([&](error_code, std::size_t) {
                              CHECK(live == 0);
                              called = true;
                          }));
        CHECK(live == 1);
    }
    run(ctx);
    CHECK(called);
}

TEST_CASE("a context that is destroyed drops the handlers of public operations") {
    struct unwound {
        int& count;
        ~unwound() { ++count; }
    };
    int count = 0;
    int live = 0;
    bool called = false;
    {
        io::context ctx(make_backend({16, 64}));
        stuffed raw(ctx);
        char byte[1];
        raw.socket->async_read_some(
            asio::buffer(byte),
            asio::bind_allocator(counting_allocator<char>(live),
                                 [&](error_code, std::size_t) { called = true; }));
        CHECK(live == 1);
        const auto read = [&](bool leave_some) -> awaitable<void> {
            const unwound guard{count};
            fd_pair pair = stream_pair();
            tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
            char one[1];
            write_all(pair.theirs.get(), leave_some ? "xy" : "x");
            co_await s.async_read_some(asio::buffer(one));
            if (leave_some)
                ctx.stop(); // in the middle of the next read, which has its bytes
            co_await s.async_read_some(asio::buffer(one));
            CHECK(leave_some);
            for (;;)
                co_await s.async_read_some(asio::buffer(one));
        };
        const auto write = [&]() -> awaitable<void> {
            const unwound guard{count};
            stuffed full(ctx);
            char one[1] = {};
            co_await full.socket->async_write_some(asio::buffer(one));
        };
        spawn(ctx, read(false));
        spawn(ctx, read(true));
        spawn(ctx, write());
        ctx.run();
        CHECK(count == 0);
    }
    CHECK(count == 3);
    CHECK(live == 0);
    CHECK_FALSE(called);
}
