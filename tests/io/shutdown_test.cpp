// A context that is destroyed in the middle of everything: under ASan this proves that nothing is
// used after its end, and that nothing leaks.
#include "io/listener.hpp"
#include "io/offload_pool.hpp"
#include "io/send_file.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

namespace {

awaitable<void> receive_for_ever(io::context& ctx, unique_fd fd, bool armed) {
    io::socket s(ctx, std::move(fd));
    if (armed)
        s.stay_armed();
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e)
            co_return;
        auto pausing = io::async_sleep(ctx, 1ms, asio::use_awaitable);
        co_await std::move(pausing);
    }
}

awaitable<void> send_for_ever(io::context& ctx, unique_fd fd) {
    io::socket s(ctx, std::move(fd));
    const std::string large(20'000'000, 'x');
    auto sending = s.send(large);
    co_await std::move(sending);
}

awaitable<void> accept_for_ever(io::context& ctx, unique_fd fd) {
    io::listener acceptor(ctx, std::move(fd));
    for (;;) {
        auto accepting = acceptor.accept();
        auto [e, got] = co_await std::move(accepting);
        if (e)
            co_return;
    }
}

awaitable<void> open_and_read_for_ever(io::context& ctx, int root) {
    std::string into(300'000, '\0');
    for (;;) {
        open_how how{};
        how.flags = O_RDONLY | O_CLOEXEC;
        auto opening = io::async_open(ctx, root, "file", how, asio::use_awaitable);
        const unique_fd fd(static_cast<int>(co_await std::move(opening)));
        struct statx meta {};
        auto stating = io::async_stat(ctx, fd.get(), meta, asio::use_awaitable);
        co_await std::move(stating);
        auto reading = io::async_read_at(ctx, fd.get(), into, 0, asio::use_awaitable);
        co_await std::move(reading);
    }
}

awaitable<void> offload_for_ever(io::context& ctx) {
    std::string memory(100, 'x');
    const auto use = [](void* p) { static_cast<std::string*>(p)->append("y"); };
    for (;;) {
        auto calling = io::async_offload(ctx, use, &memory, asio::use_awaitable);
        co_await std::move(calling);
    }
}

awaitable<void> time_for_ever(io::context& ctx) {
    asio::steady_timer timer(ctx.get_executor());
    for (;;) {
        timer.expires_after(1ms);
        auto waiting =
            timer.async_wait(asio::use_awaitable) || io::async_sleep(ctx, 1h, asio::use_awaitable);
        co_await std::move(waiting);
    }
}

awaitable<void> connect_and_read(io::context& ctx, std::uint16_t port) {
    using asio::ip::tcp;
    tcp::socket client(ctx.get_executor());
    const tcp::endpoint at(asio::ip::address_v4::loopback(), port);
    auto connecting = client.async_connect(at, asio::use_awaitable);
    co_await std::move(connecting);
    char byte[1];
    auto reading = client.async_read_some(asio::buffer(byte), asio::as_tuple(asio::use_awaitable));
    co_await std::move(reading);
}

} // namespace

TEST_CASE("a context destroyed with everything in flight at once leaves nothing behind") {
    const temporary_folder root;
    root.write("file", pattern(300'000));
    io::offload_pool pool(2, 100);
    // Stopped after more and more rounds of the loop, to meet each operation in each of its states.
    for (int rounds = 0; rounds < 40; ++rounds) {
        std::vector<unique_fd> peers;
        {
            io::context ctx(make_backend({8, 512}), &pool);
            io::deadline_queue queue(ctx.timer_set(), 1h);
            for (int i = 0; i < 6; ++i) {
                fd_pair pair = i % 2 == 0 ? stream_pair() : tcp_pair();
                flood(pair.theirs.get(), pattern(static_cast<std::size_t>(i) * 3'000));
                peers.push_back(std::move(pair.theirs));
                spawn(ctx, receive_for_ever(ctx, std::move(pair.ours), i % 3 != 0));
            }
            fd_pair stuck = tcp_pair();
            peers.push_back(std::move(stuck.theirs));
            spawn(ctx, send_for_ever(ctx, std::move(stuck.ours)));
            listening at;
            peers.push_back(connect_to(at.port));
            peers.push_back(connect_to(at.port));
            spawn(ctx, accept_for_ever(ctx, std::move(at.fd)));
            spawn(ctx, connect_and_read(ctx, at.port));
            spawn(ctx, open_and_read_for_ever(ctx, root.fd()));
            spawn(ctx, offload_for_ever(ctx));
            spawn(ctx, time_for_ever(ctx));
            for (int i = 0; i < rounds; ++i) {
                asio::post(ctx.get_executor(), [&] { ctx.stop(); });
                ctx.run();
            }
        }
        for (const unique_fd& peer : peers) { // every socket was closed
            const std::string rest = read_all(peer.get());
            CHECK(rest.size() < 20'000'000);
        }
    }
}

TEST_CASE(
    "coroutines that wait for bytes, a connection or a buffer are unwound with their context") {
    struct unwound {
        int& count;
        ~unwound() { ++count; }
    };
    int count = 0;
    fd_pair idle = stream_pair();
    fd_pair holding = stream_pair();
    fd_pair starved = stream_pair();
    listening at;
    {
        io::context ctx(make_backend({1, 64}));
        io::lease held;
        const auto receive = [&](unique_fd fd, bool keep) -> awaitable<void> {
            const unwound guard{count};
            io::socket s(ctx, std::move(fd));
            auto receiving = s.receive();
            auto [e, got] = co_await std::move(receiving);
            if (keep)
                held = std::move(got);
            auto again = s.receive();
            co_await std::move(again);
        };
        spawn(ctx, receive(std::move(idle.ours), false));
        write_all(holding.theirs.get(), "x");
        spawn(ctx, receive(std::move(holding.ours), true));
        spawn(ctx, [&]() -> awaitable<void> {
            const unwound guard{count};
            auto accepting = accept_for_ever(ctx, std::move(at.fd));
            co_await std::move(accepting);
        });
        spawn(ctx, [&]() -> awaitable<void> {
            auto waiting = until(ctx, [&] { return ctx.buffers().scarce(); });
            co_await std::move(waiting);
            spawn(ctx, receive(std::move(starved.ours), false));
            asio::post(ctx.get_executor(), [&] { ctx.stop(); });
        });
        run(ctx);
        CHECK(count == 0);
    }
    CHECK(count == 4);
    CHECK(read_all(idle.theirs.get()).empty());
    CHECK(read_all(holding.theirs.get()).empty());
    CHECK(read_all(starved.theirs.get()).empty());
}

TEST_CASE("sockets closed just before the end of their context are closed") {
    fd_pair pair = stream_pair();
    {
        io::context ctx(make_backend({8, 512}));
        io::socket s(ctx, std::move(pair.ours));
    }
    CHECK(read_all(pair.theirs.get()).empty());
}

TEST_CASE("handlers on a strand may be pending when a context ends") {
    io::context ctx(make_backend({8, 512}));
    const auto strand = asio::make_strand(ctx.get_executor());
    io::async_sleep(ctx, 1h, asio::bind_executor(strand, [](io::error_code) {}));
    asio::post(strand, [] {});
}

TEST_CASE("a context may end just when its Asio sockets have something to read") {
    for (int round = 0; round < 100; ++round) {
        listening at;
        unique_fd peer;
        {
            io::context ctx(make_backend({8, 512}));
            asio::ip::tcp::socket client(ctx.get_executor());
            const asio::ip::tcp::endpoint to(asio::ip::address_v4::loopback(), at.port);
            run(ctx, [&]() -> awaitable<void> {
                auto connecting = client.async_connect(to, asio::use_awaitable);
                co_await std::move(connecting);
            });
            peer.reset(checked(accept4(at.fd.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
            spawn(ctx, [client = std::move(client)]() mutable -> awaitable<void> {
                char byte[1];
                for (;;) {
                    auto reading = client.async_read_some(asio::buffer(byte), asio::use_awaitable);
                    co_await std::move(reading);
                }
            });
            asio::post(ctx.get_executor(), [&] { ctx.stop(); });
            ctx.run();
            write_all(peer.get(), pattern(1'000));
        }
        CHECK(read_all(peer.get()).empty());
    }
}
