#include "io/provided_buffers.hpp"
#include "io/socket.hpp"
#include "io/uring_probe.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

/// Some connections on a context with few buffers.
struct connections {
    connections(io::context& ctx, int count) {
        for (int i = 0; i < count; ++i) {
            fd_pair pair = stream_pair();
            ours.push_back(std::make_unique<io::socket>(ctx, std::move(pair.ours)));
            theirs.push_back(std::move(pair.theirs));
        }
    }
    std::vector<std::unique_ptr<io::socket>> ours;
    std::vector<unique_fd> theirs;
};

bool kernel_limits_multishot() {
    for (const io::feature& f : io::probe_uring().features)
        if (f.name == "limited multishot receive")
            return f.present;
    return false;
}

} // namespace

TEST_CASE("a lease gives its buffer back once") {
    io::context ctx(make_backend({4, 16}));
    connections c(ctx, 1);
    run(ctx, [&]() -> awaitable<void> {
        write_all(c.theirs[0].get(), "0123456789");
        auto receiving = c.ours[0]->receive();
        auto [e, got] = co_await std::move(receiving);
        CHECK(ctx.buffers().filled() == 1);
        io::lease moved(std::move(got));
        io::lease assigned;
        assigned = std::move(moved);
        CHECK(assigned.bytes() == "0123456789");
        assigned.consume(4);
        CHECK(assigned.bytes() == "456789");
        assigned.release();
        assigned.release();
        CHECK(ctx.buffers().filled() == 0);
    });
}

TEST_CASE("a client that floods while nobody reads holds only a few buffers, and loses nothing") {
    io::context ctx(make_backend({1024, 1024}));
    connections c(ctx, 2);
    const std::string flooding = pattern(8'000'000);
    c.ours[0]->stay_armed();
    std::size_t most_held = 0;
    std::string received;
    std::jthread peer;
    run(ctx, [&]() -> awaitable<void> {
        peer = std::jthread(
            [fd = std::move(c.theirs[0]), &flooding] { write_all(fd.get(), flooding); });
        auto receiving = c.ours[0]->receive();
        auto [e, first] = co_await std::move(receiving);
        received.append(first.bytes());
        first.release();
        // The reader is busy: another connection's round trips pass meanwhile.
        for (int i = 0; i < 300; ++i) {
            write_all(c.theirs[1].get(), "x");
            auto other = c.ours[1]->receive();
            const auto [e2, got] = co_await std::move(other);
            REQUIRE(got.bytes() == "x");
            most_held = std::max(most_held, ctx.buffers().filled());
        }
        for (bool ended = false; !ended;) {
            auto more = c.ours[0]->receive();
            const auto [e3, got] = co_await std::move(more);
            received.append(got.bytes());
            ended = static_cast<bool>(e3);
        }
    });
    // Where the kernel cannot limit a multishot receive, it fills up to 32 in one go, a few times,
    // before a cancel reaches it.
    CHECK(most_held < (kernel_limits_multishot() ? 16 : 256));
    CHECK((received == flooding));
    CHECK(ctx.buffers().filled() == 0);
}

TEST_CASE("clients that flood while nobody reads leave buffers for others, and lose nothing") {
    constexpr std::size_t count = 20; // more than there are buffers for
    io::context ctx(make_backend({32, 64}));
    connections c(ctx, count + 1);
    const std::string sent = pattern(20'000);
    std::vector<std::string> received(count);
    std::vector<io::lease> unread(count);
    run(ctx, [&]() -> awaitable<void> {
        for (std::size_t i = 0; i < count; ++i) {
            c.ours[i]->stay_armed();
            write_all(c.theirs[i].get(), sent);
            auto receiving = c.ours[i]->receive();
            auto [e, first] = co_await std::move(receiving);
            unread[i] = std::move(first);
            unread[i].make_room();
            c.theirs[i].reset();
        }
        for (int i = 0; i < 100; ++i) {
            write_all(c.theirs[count].get(), "x");
            auto other = c.ours[count]->receive();
            const auto [e, got] = co_await std::move(other);
            REQUIRE(got.bytes() == "x");
        }
        CHECK(ctx.blocks().used() != 0);
        for (std::size_t i = 0; i < count; ++i) {
            received[i] = unread[i].bytes();
            unread[i].release();
            for (bool ended = false; !ended;) {
                auto more = c.ours[i]->receive();
                const auto [e, got] = co_await std::move(more);
                received[i].append(got.bytes());
                ended = static_cast<bool>(e);
            }
        }
    });
    CHECK(std::ranges::count(received, sent) == count);
    CHECK(ctx.buffers().filled() == 0);
    CHECK(ctx.blocks().used() == 0);
}

TEST_CASE("twenty connections share four tiny buffers, and every one gets all its bytes") {
    for (const bool armed : {false, true}) {
        io::context ctx(make_backend({4, 16}));
        constexpr int count = 20;
        connections c(ctx, count);
        const std::string sent = pattern(3'000);
        std::vector<std::string> received(count);
        for (std::size_t i = 0; i < count; ++i) {
            if (armed)
                c.ours[i]->stay_armed();
            spawn(ctx, [&, i]() -> awaitable<void> {
                for (;;) {
                    auto receiving = c.ours[i]->receive();
                    const auto [e, got] = co_await std::move(receiving);
                    if (e)
                        co_return;
                    received[i].append(got.bytes());
                }
            });
            write_all(c.theirs[i].get(), sent);
            c.theirs[i].reset();
        }
        run(ctx);
        CHECK(std::count(received.begin(), received.end(), sent) == count);
        CHECK(ctx.buffers().filled() == 0);
    }
}

TEST_CASE("idle connections that wait for a buffer do not keep one from those that have bytes") {
    io::context ctx(make_backend({2, 16}));
    connections c(ctx, 10);
    run(ctx, [&]() -> awaitable<void> {
        std::vector<io::lease> held;
        for (std::size_t i = 0; i < 2; ++i) {
            write_all(c.theirs[i].get(), "x");
            auto receiving = c.ours[i]->receive();
            auto [e, got] = co_await std::move(receiving);
            held.push_back(std::move(got));
        }
        int ended = 0;
        for (std::size_t i = 2; i < 9; ++i) // idle: their clients send nothing
            c.ours[i]->async_receive([&](io::error_code, const io::lease&) { ++ended; });
        write_all(c.theirs[9].get(), "hello");
        std::string received;
        c.ours[9]->async_receive(
            [&](io::error_code, const io::lease& got) { received = got.bytes(); });
        auto turns = io::async_sleep(ctx, 5ms, asio::use_awaitable);
        co_await std::move(turns);
        CHECK(received.empty()); // there is no buffer for it
        held.pop_back();         // the only one that ever comes back
        auto waiting = until(ctx, [&] { return !received.empty(); });
        co_await std::move(waiting);
        CHECK(received == "hello");
        for (std::size_t i = 2; i < 9; ++i)
            c.ours[i]->close();
        auto closing = until(ctx, [&] { return ended == 7; });
        co_await std::move(closing);
    });
}

TEST_CASE(
    "a receive that is cancelled while it waits for a buffer does not take the next one's turn") {
    io::context ctx(make_backend({1, 16}));
    connections c(ctx, 3);
    run(ctx, [&]() -> awaitable<void> {
        write_all(c.theirs[0].get(), "x");
        auto receiving = c.ours[0]->receive();
        auto [e, held] = co_await std::move(receiving);
        asio::cancellation_signal signal;
        io::error_code first;
        c.ours[1]->async_receive(asio::bind_cancellation_slot(
            signal.slot(), [&](io::error_code ec, const io::lease&) { first = ec; }));
        std::string second;
        write_all(c.theirs[2].get(), "y");
        c.ours[2]->async_receive(
            [&](io::error_code, const io::lease& got) { second = got.bytes(); });
        signal.emit(asio::cancellation_type::all);
        auto cancelled = until(ctx, [&] { return static_cast<bool>(first); });
        co_await std::move(cancelled);
        held.release();
        auto waiting = until(ctx, [&] { return !second.empty(); });
        co_await std::move(waiting);
        CHECK(first == asio::error::operation_aborted);
    });
}

TEST_CASE("a socket closed while it waits for a buffer leaves the queue") {
    io::context ctx(make_backend({1, 16}));
    connections c(ctx, 3);
    run(ctx, [&]() -> awaitable<void> {
        write_all(c.theirs[0].get(), "x");
        auto receiving = c.ours[0]->receive();
        auto [e, held] = co_await std::move(receiving);
        bool aborted = false;
        c.ours[1]->async_receive([&](io::error_code ec, const io::lease&) {
            aborted = ec == asio::error::operation_aborted;
        });
        std::string second;
        write_all(c.theirs[2].get(), "y");
        c.ours[2]->async_receive(
            [&](io::error_code, const io::lease& got) { second = got.bytes(); });
        c.ours[1].reset();
        held.release();
        auto waiting = until(ctx, [&] { return !second.empty() && aborted; });
        co_await std::move(waiting);
    });
}

TEST_CASE("buffers of connections that are closed unread come back") {
    io::context ctx(make_backend({8, 16}));
    connections c(ctx, 1);
    run(ctx, [&]() -> awaitable<void> {
        for (int round = 0; round < 20; ++round) {
            fd_pair pair = stream_pair();
            io::socket s(ctx, std::move(pair.ours));
            s.stay_armed();
            write_all(pair.theirs.get(), pattern(100));
            auto receiving = s.receive();
            const auto [e, got] = co_await std::move(receiving);
            CHECK_FALSE(e);
        }
        auto waiting = until(ctx, [&] { return ctx.buffers().filled() == 0; });
        co_await std::move(waiting);
    });
}
