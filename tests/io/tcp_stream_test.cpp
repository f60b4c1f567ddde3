#include "io/tcp_stream.hpp"
#include "io/uring_backend.hpp"
#include "ringlet/sleep.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/stream_traits.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;
using io::error_code;
using ringlet::detail::make_tcp_stream;

static_assert(boost::beast::is_async_read_stream<tcp_stream>::value);
static_assert(boost::beast::is_async_write_stream<tcp_stream>::value);
static_assert(std::is_nothrow_move_constructible_v<tcp_stream>);
static_assert(std::is_nothrow_move_assignable_v<tcp_stream>);
static_assert(!std::is_copy_constructible_v<tcp_stream>);

namespace {

struct two_sockets {
    two_sockets(io::context& ctx, fd_pair pair)
        : ours(make_tcp_stream(io::socket(ctx, std::move(pair.ours)))),
          theirs(make_tcp_stream(io::socket(ctx, std::move(pair.theirs)))) {}
    tcp_stream ours;
    tcp_stream theirs;
};

/// A socket whose peer takes no more.
struct stuffed {
    explicit stuffed(io::context& ctx) : pair(stream_pair()) {
        flood(pair.ours.get(), pattern(4'000'000));
        socket =
            std::make_unique<tcp_stream>(make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
    }
    fd_pair pair;
    std::unique_ptr<tcp_stream> socket;
};

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

TEST_CASE("Asio's composed operations on a public socket need no token") {
    io::context ctx(io::make_uring_backend({16, 64}));
    two_sockets s(ctx, tcp_pair());
    const std::string sent = pattern(300'000);
    std::string received(sent.size(), '\0');
    run(ctx, [&]() -> awaitable<void> {
        auto writing = asio::async_write(s.theirs, asio::buffer(sent));
        auto reading = asio::async_read(s.ours, asio::buffer(received));
        auto both = std::move(writing) && std::move(reading);
        const auto [wrote, read] = co_await std::move(both);
        CHECK(wrote == sent.size());
        CHECK(read == sent.size());
        CHECK((received == sent));

        co_await s.theirs.async_write_some(asio::buffer("one line\r\nrest", 14));
        std::string text;
        const std::size_t line =
            co_await asio::async_read_until(s.ours, asio::dynamic_buffer(text), "\r\n");
        CHECK(line == 10);
        const std::size_t rest = text.size() - line;
        text.resize(14);
        co_await asio::async_read(s.ours, asio::buffer(text.data() + line + rest, 4 - rest));
        CHECK(text == "one line\r\nrest");
    });
}

TEST_CASE("bytes that came before a public socket was made are read first") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)), "early ");
    write_all(pair.theirs.get(), "late");
    pair.theirs.reset();
    run(ctx, [&]() -> awaitable<void> {
        std::string all(100, '\0');
        const std::size_t first = co_await s.async_read_some(asio::buffer(all, 2));
        CHECK(first == 2);
        auto rest = asio::async_read(s, asio::buffer(all) + 2, asio::transfer_all(),
                                     asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(rest);
        CHECK(e == asio::error::eof);
        all.resize(2 + n);
        CHECK(all == "early late");
    });
}

TEST_CASE("what a reader leaves holds no provided buffer") {
    io::context ctx(io::make_uring_backend({2, 64}));
    std::vector<tcp_stream> sockets;
    std::vector<unique_fd> peers;
    run(ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 5; ++i) { // more than there are buffers
            fd_pair pair = stream_pair();
            write_all(pair.theirs.get(), "abc");
            sockets.push_back(make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
            peers.push_back(std::move(pair.theirs));
            char one = 0;
            co_await sockets.back().async_read_some(asio::buffer(&one, 1));
            CHECK(one == 'a');
            CHECK(ctx.buffers().filled() == 0);
        }
        for (tcp_stream& s : sockets) {
            char two[2];
            const std::size_t n = co_await asio::async_read(s, asio::buffer(two));
            CHECK(std::string_view(two, n) == "bc");
        }
    });
}

TEST_CASE("a public read fills the first buffer that is not empty") {
    io::context ctx(io::make_uring_backend({16, 64}));
    two_sockets s(ctx, stream_pair());
    run(ctx, [&]() -> awaitable<void> {
        co_await asio::async_write(s.theirs, asio::buffer("abcdef", 6));
        char text[6];
        const std::array<asio::mutable_buffer, 3> into{
            asio::mutable_buffer(), asio::buffer(text, 4), asio::buffer(text + 4, 2)};
        const std::size_t first = co_await s.ours.async_read_some(into);
        CHECK(first == 4);
        const std::size_t none = co_await s.ours.async_read_some(asio::mutable_buffer());
        CHECK(none == 0);
        const std::size_t second = co_await s.ours.async_read_some(asio::buffer(text + 4, 2));
        CHECK(second == 2);
        CHECK(std::string_view(text, 6) == "abcdef");
    });
}

TEST_CASE("a public write gathers up to sixteen buffers") {
    io::context ctx(io::make_uring_backend({16, 64}));
    two_sockets s(ctx, stream_pair());
    std::vector<asio::const_buffer> many(20, asio::buffer("x", 1));
    many.insert(many.begin(), asio::const_buffer());
    run(ctx, [&]() -> awaitable<void> {
        const std::size_t some = co_await s.ours.async_write_some(many);
        CHECK(some == 16);
        const std::size_t all = co_await asio::async_write(s.ours, many);
        CHECK(all == 20);
        const std::size_t none = co_await s.ours.async_write_some(asio::const_buffer());
        CHECK(none == 0);
        std::string received(36, '\0');
        co_await asio::async_read(s.theirs, asio::buffer(received));
        CHECK(received == std::string(36, 'x'));
    });
}

TEST_CASE("the end of the stream and a reset are errors of a public read") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair ending = tcp_pair();
    fd_pair resetting = tcp_pair();
    tcp_stream ended = make_tcp_stream(io::socket(ctx, std::move(ending.ours)));
    tcp_stream reset = make_tcp_stream(io::socket(ctx, std::move(resetting.ours)));
    ending.theirs.reset();
    linger_zero(resetting.theirs.get());
    resetting.theirs.reset();
    run(ctx, [&]() -> awaitable<void> {
        char byte[1];
        for (int i = 0; i < 2; ++i) {
            auto reading =
                ended.async_read_some(asio::buffer(byte), asio::as_tuple(asio::deferred));
            const auto [e, n] = co_await std::move(reading);
            CHECK(e == asio::error::eof);
            CHECK(n == 0);
        }
        error_code thrown;
        try {
            co_await reset.async_read_some(asio::buffer(byte));
        } catch (const boost::system::system_error& e) {
            thrown = e.code();
        }
        CHECK(thrown == asio::error::connection_reset);
    });
}

TEST_CASE("a public write to a peer that is gone is an error, and no signal") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    pair.theirs.reset();
    run(ctx, [&]() -> awaitable<void> {
        auto writing = s.async_write_some(asio::buffer("anybody there?", 14),
                                          asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(writing);
        CHECK(e == asio::error::broken_pipe);
    });
}

TEST_CASE("a public read that is cancelled by || loses no bytes") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    run(ctx, [&]() -> awaitable<void> {
        char text[4];
        for (int i = 0; i < 3; ++i) {
            auto limited = s.async_read_some(asio::buffer(text)) || sleep_for(1ms);
            const auto first = co_await std::move(limited);
            CHECK(first.index() == 1);
        }
        write_all(pair.theirs.get(), "late");
        auto again = asio::async_read(s, asio::buffer(text)) || sleep_for(patience);
        const auto second = co_await std::move(again);
        CHECK(second.index() == 0);
        CHECK(std::string_view(text, 4) == "late");
    });
}

TEST_CASE("a public write that the peer does not take is cancelled by ||") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = tcp_pair();
    tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    const std::string much = pattern(32'000'000);
    run(ctx, [&]() -> awaitable<void> {
        auto limited = asio::async_write(s, asio::buffer(much)) || sleep_for(5ms);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
    });
    CHECK(s.is_open());
}

TEST_CASE("a public read and write are cancelled through their slots") {
    io::context ctx(io::make_uring_backend({16, 64}));
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
        io::context ctx(io::make_uring_backend({16, 64}));
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
    io::context ctx(io::make_uring_backend({16, 64}));
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
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)), "unread");
    s.close();
    s.close();
    s.cancel();
    s.shutdown_send();
    CHECK(s.remote_address().empty());
    std::vector<error_code> results;
    const auto note = [&](error_code e, std::size_t) { results.push_back(e); };
    char byte[1];
    s.async_read_some(asio::buffer(byte), note);
    s.async_write_some(asio::buffer(byte), note);
    run(ctx);
    CHECK(results == std::vector<error_code>(2, asio::error::bad_descriptor));
    tcp_stream none;
    CHECK_FALSE(none.is_open());
    none.close();
    none.cancel();
}

TEST_CASE("a public socket can be moved while it reads") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream first = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    char text[5];
    std::size_t got = 0;
    first.async_read_some(asio::buffer(text), [&](error_code, std::size_t n) { got = n; });
    tcp_stream second(std::move(first));
    CHECK_FALSE(first.is_open());
    first = std::move(second);
    write_all(pair.theirs.get(), "moved");
    run(ctx);
    CHECK(std::string_view(text, got) == "moved");
}

TEST_CASE("the peer of a public socket has an address, on TCP") {
    io::context ctx(io::make_uring_backend({16, 64}));
    const two_sockets tcp(ctx, tcp_pair());
    const two_sockets local(ctx, stream_pair());
    CHECK(tcp.ours.remote_address() == "127.0.0.1");
    CHECK(local.ours.remote_address().empty());
}

TEST_CASE("shutdown_send() of a public socket ends the peer's stream, and only that") {
    io::context ctx(io::make_uring_backend({16, 64}));
    two_sockets s(ctx, tcp_pair());
    run(ctx, [&]() -> awaitable<void> {
        s.ours.shutdown_send();
        char byte[1];
        auto reading =
            s.theirs.async_read_some(asio::buffer(byte), asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(reading);
        CHECK(e == asio::error::eof);
        co_await s.theirs.async_write_some(asio::buffer("x", 1));
        co_await s.ours.async_read_some(asio::buffer(byte));
        CHECK(byte[0] == 'x');
    });
}

TEST_CASE("a public operation completes on the executor of its handler") {
    io::context ctx(io::make_uring_backend({16, 64}));
    fd_pair pair = stream_pair();
    tcp_stream s = make_tcp_stream(io::socket(ctx, std::move(pair.ours)));
    asio::io_context elsewhere;
    std::thread::id ran_on;
    char byte[1];
    s.async_read_some(asio::buffer(byte),
                      asio::bind_executor(elsewhere.get_executor(), [&](error_code, std::size_t) {
                          ran_on = std::this_thread::get_id();
                      }));
    std::jthread other([&] { elsewhere.run(); }); // has work until the handler has run
    const std::thread::id expected = other.get_id();
    write_all(pair.theirs.get(), "x");
    run(ctx);
    other.join();
    CHECK(ran_on == expected);
}

TEST_CASE("a public operation lives in memory of its handler's allocator, free when it completes") {
    io::context ctx(io::make_uring_backend({16, 64}));
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
        io::context ctx(io::make_uring_backend({16, 64}));
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
