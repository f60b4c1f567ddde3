#include "io/memory_backend.hpp"

#include "io/file.hpp"
#include "io/listener.hpp"
#include "io/offload_pool.hpp"
#include "io/socket.hpp"
#include "support/io_run.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

namespace {

// A context in memory, and the way to its network.
struct memory_world {
    explicit memory_world(io::memory_options options = {}, io::offload_pool* pool = nullptr)
        : made(std::make_unique<io::memory_backend>(options)),
          network(*made),
          ctx(std::move(made), pool) {}

    std::unique_ptr<io::memory_backend> made; // until the context has it
    io::memory_backend& network;
    io::context ctx;
};

// Each run() then ends when the client has something new to see.
void stop_on_progress(io::context& ctx, io::memory_client& client) {
    client.on_progress([&ctx] { ctx.stop(); });
}

awaitable<void> echo(io::context& ctx, unique_fd fd, bool armed = true) {
    io::socket s(ctx, std::move(fd));
    if (armed)
        s.stay_armed();
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e)
            co_return;
        auto sending = s.send(got.bytes());
        co_await std::move(sending);
    }
}

awaitable<void> receive_for_ever(io::context& ctx, unique_fd fd) {
    io::socket s(ctx, std::move(fd));
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e)
            co_return;
    }
}

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

} // namespace

// --- connections ---

TEST_CASE("memory: a client and a server talk over several runs, until the client ends") {
    memory_world world;
    auto [server, client] = world.network.connect();
    stop_on_progress(world.ctx, client);
    spawn(world.ctx, echo(world.ctx, std::move(server)));
    for (const std::string_view message : {"hello", "again", "and again"}) {
        client.write(message);
        world.ctx.run();
        CHECK(client.read() == message);
        CHECK(client.read().empty());
    }
    CHECK_FALSE(client.server_ended());
    client.shutdown();
    world.ctx.run();
    CHECK(client.server_ended());
    CHECK(client.server_closed());
    CHECK_FALSE(client.server_reset());
}

TEST_CASE("memory: bytes arrive whole and in order, in pieces of a buffer at most") {
    for (const bool armed : {false, true}) {
        for (const std::size_t bytes : {0, 1, 511, 512, 513, 100'000}) {
            memory_world world({.buffer_count = 8, .buffer_bytes = 512});
            auto [server, client] = world.network.connect();
            const std::string sent = pattern(bytes);
            client.write(sent);
            client.shutdown();
            run(world.ctx, echo(world.ctx, std::move(server), armed));
            CHECK((client.read() == sent));
            CHECK(world.ctx.buffers().filled() == 0);
        }
    }
}

TEST_CASE("memory: a client may write a byte at a time") {
    memory_world world;
    auto [server, client] = world.network.connect();
    stop_on_progress(world.ctx, client);
    spawn(world.ctx, echo(world.ctx, std::move(server)));
    const std::string sent = pattern(100);
    std::string received;
    for (const char c : sent) {
        client.write({&c, 1});
        world.ctx.run();
        received += client.read();
    }
    CHECK(received == sent);
}

TEST_CASE("memory: a reader that does not read holds a few buffers and not all") {
    memory_world world({.buffer_count = 64, .buffer_bytes = 64});
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    s.stay_armed();
    client.write(pattern(10'000));
    run(world.ctx, [&]() -> awaitable<void> {
        auto receiving = s.receive();
        co_await std::move(receiving);
        auto waiting = io::async_sleep(world.ctx, 1s, asio::use_awaitable);
        co_await std::move(waiting);
        CHECK(world.ctx.buffers().filled() > 0);
        CHECK(world.ctx.buffers().filled() < 10);
    });
}

TEST_CASE("memory: those who find no buffer wait for one") {
    memory_world world({.buffer_count = 1, .buffer_bytes = 16});
    std::vector<io::memory_client> clients;
    for (int i = 0; i < 5; ++i) {
        auto [server, client] = world.network.connect();
        client.write(pattern(100));
        client.shutdown();
        spawn(world.ctx, echo(world.ctx, std::move(server)));
        clients.push_back(std::move(client));
    }
    run(world.ctx);
    for (io::memory_client& client : clients)
        CHECK((client.read() == pattern(100)));
}

TEST_CASE("memory: a send waits for a client that does not read, and goes on until all is taken") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.limit_unread(1'000);
    stop_on_progress(world.ctx, client);
    const std::string head = pattern(2'500);
    const std::string body = pattern(10'000);
    bool sent = false;
    spawn(world.ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        io::socket s(world.ctx, std::move(fd));
        const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
        auto gathered = s.async_send_all(parts, asio::use_awaitable);
        std::size_t n = co_await std::move(gathered);
        CHECK(n == head.size() + body.size());
        auto sending = s.async_send(body, asio::use_awaitable);
        n = co_await std::move(sending);
        CHECK(n == body.size());
        sent = true;
    });
    std::string received;
    for (int turn = 0; turn < 100 && !client.server_closed(); ++turn) {
        world.ctx.run();
        const std::string some = client.read();
        CHECK(some.size() <= 1'000);
        CHECK_FALSE((sent && received.size() + some.size() < 22'500));
        received += some;
    }
    CHECK(sent);
    CHECK((received == head + body + body));
}

TEST_CASE("memory: async_write_some takes what there is room for") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.limit_unread(10);
    io::socket s(world.ctx, std::move(server));
    run(world.ctx, [&, &end = client]() -> awaitable<void> {
        auto writing = s.async_write_some(asio::buffer("0123456789abc", 13), asio::use_awaitable);
        const std::size_t n = co_await std::move(writing);
        CHECK(n == 10);
        CHECK(end.read() == "0123456789");
        auto nothing = s.send("");
        const auto [e, none] = co_await std::move(nothing);
        CHECK_FALSE(e);
        CHECK(none == 0);
    });
}

TEST_CASE("memory: each side can end its half, and still hear the other") {
    memory_world world;
    auto [server, client] = world.network.connect();
    stop_on_progress(world.ctx, client);
    std::string received;
    spawn(world.ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        io::socket s(world.ctx, std::move(fd));
        auto sending = s.send("that is all");
        co_await std::move(sending);
        s.shutdown_send();
        auto more = s.send("or is it");
        const auto [e, n] = co_await std::move(more);
        CHECK(e == asio::error::broken_pipe);
        io::error_code end;
        auto receiving = receive_all(s, end);
        received = co_await std::move(receiving);
        CHECK(end == asio::error::eof);
    });
    world.ctx.run();
    world.ctx.run();
    CHECK(client.read() == "that is all");
    CHECK(client.server_ended());
    CHECK_FALSE(client.server_closed());
    client.write("understood");
    client.shutdown();
    world.ctx.run();
    CHECK(received == "understood");
    CHECK(client.server_closed());
    CHECK_FALSE(client.server_reset());
}

TEST_CASE("memory: a client's reset is an error for both directions, after what came before it") {
    memory_world world;
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    client.write("last words");
    client.reset();
    run(world.ctx, [&]() -> awaitable<void> {
        io::error_code end;
        auto receiving = receive_all(s, end);
        const std::string got = co_await std::move(receiving);
        CHECK(got == "last words");
        CHECK(end == asio::error::connection_reset);
        auto sending = s.send("anybody there?");
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
    });
}

TEST_CASE("memory: a client that goes away breaks a send off half way") {
    memory_world world;
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    client.limit_unread(10);
    run(world.ctx, [&, c = std::optional(std::move(client))]() mutable -> awaitable<void> {
        c->on_progress([&c] { c.reset(); });
        const std::string large = pattern(100);
        auto sending = s.send(large);
        const auto [e, n] = co_await std::move(sending);
        CHECK(e == asio::error::broken_pipe);
        CHECK(n == 10);
        auto receiving = s.receive();
        const auto [e2, got] = co_await std::move(receiving);
        CHECK(e2 == asio::error::eof);
    });
}

TEST_CASE("memory: a close that was to be a reset, or leaves bytes unreceived, is seen as one") {
    const auto close_after = [](auto prepare) {
        memory_world world;
        auto [server, client] = world.network.connect();
        io::socket s(world.ctx, std::move(server));
        prepare(s, client);
        CHECK_FALSE(client.server_reset());
        s.close();
        world.ctx.run();
        CHECK(client.server_closed());
        return client.server_reset();
    };
    CHECK_FALSE(close_after([](io::socket&, io::memory_client&) {}));
    CHECK(close_after([](io::socket& s, io::memory_client&) { s.reset_on_close(); }));
    CHECK(close_after([](io::socket&, io::memory_client& c) { c.write("ignored"); }));
}

TEST_CASE("memory: what was sent before a close arrives") {
    memory_world world;
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    s.async_send("goodbye", [](io::error_code e, std::size_t) { CHECK_FALSE(e); });
    s.close();
    run(world.ctx);
    CHECK(client.read() == "goodbye");
    CHECK(client.server_closed());
}

TEST_CASE("memory: operations on what is not, or no longer, connected fail") {
    memory_world world;
    auto [server, client] = world.network.connect();
    const int closed = server.get();
    io::socket(world.ctx, std::move(server)).close();
    world.ctx.run();
    fd_pair real = stream_pair();
    for (const int fd : {closed, real.ours.release()}) {
        io::socket s(world.ctx, unique_fd(fd));
        std::vector<io::error_code> results;
        s.async_send("x", [&](io::error_code e, std::size_t) { results.push_back(e); });
        s.async_receive([&](io::error_code e, const io::lease&) { results.push_back(e); });
        run(world.ctx);
        CHECK(results == std::vector<io::error_code>(2, asio::error::bad_descriptor));
    }
}

TEST_CASE("memory: cancel() ends a send that the client does not take, and a receive") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.limit_unread(10);
    io::socket s(world.ctx, std::move(server));
    std::vector<io::error_code> results;
    std::size_t sent = 0;
    s.async_send("more than ten bytes", [&](io::error_code e, std::size_t n) {
        results.push_back(e);
        sent = n;
    });
    s.async_receive([&](io::error_code e, const io::lease&) { results.push_back(e); });
    client.on_progress([&] { s.cancel(); });
    run(world.ctx);
    CHECK(results ==
          std::vector<io::error_code>{asio::error::operation_aborted, asio::error::broken_pipe});
    CHECK(sent == 10);
    CHECK(s.is_open());
}

TEST_CASE("memory: a receive is cancelled through its slot, and loses nothing") {
    memory_world world;
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    run(world.ctx, [&, &end = client]() -> awaitable<void> {
        auto limited = s.async_receive(asio::use_awaitable) ||
                       io::async_sleep(world.ctx, 1s, asio::use_awaitable);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        end.write("late");
        auto again = s.async_receive(asio::use_awaitable) ||
                     io::async_sleep(world.ctx, 1s, asio::use_awaitable);
        const auto second = co_await std::move(again);
        REQUIRE(second.index() == 0);
        CHECK(std::get<0>(second).bytes() == "late");
    });
}

TEST_CASE("memory: an accept waits until it is stopped") {
    memory_world world;
    io::listener acceptor(world.ctx, std::move(world.network.connect().server));
    io::error_code result;
    acceptor.async_accept([&](io::error_code e, const unique_fd&) { result = e; });
    world.ctx.run();
    CHECK_FALSE(result);
    acceptor.stop();
    run(world.ctx);
    CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("memory: Asio's composed operations work on a socket") {
    memory_world world;
    auto [server, client] = world.network.connect();
    client.write("one line\r\n" + pattern(300'000));
    run(world.ctx, [&, fd = std::move(server)]() mutable -> awaitable<void> {
        io::socket s(world.ctx, std::move(fd));
        std::string text;
        auto reading_line =
            asio::async_read_until(s, asio::dynamic_buffer(text), "\r\n", asio::use_awaitable);
        const std::size_t line = co_await std::move(reading_line);
        CHECK(text.substr(0, line) == "one line\r\n");
        std::string rest = text.substr(line);
        const std::size_t had = rest.size();
        rest.resize(300'000);
        auto reading = asio::async_read(s, asio::buffer(rest) + had, asio::use_awaitable);
        co_await std::move(reading);
        CHECK((rest == pattern(300'000)));
        auto writing = asio::async_write(s, asio::buffer(rest), asio::use_awaitable);
        co_await std::move(writing);
    });
    CHECK((client.read() == pattern(300'000)));
}

// --- time ---

TEST_CASE("memory: an hour's sleep passes at once, and the clock says it was an hour") {
    memory_world world;
    const auto started = world.ctx.time();
    bool done = false;
    spawn(world.ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 24; ++i) {
            auto sleeping = io::async_sleep(world.ctx, 1h, asio::use_awaitable);
            co_await std::move(sleeping);
        }
        done = true;
    });
    world.ctx.run();
    CHECK(done);
    CHECK(world.ctx.time() == started + 24h);
    CHECK(world.ctx.now() == world.ctx.time());
}

TEST_CASE("memory: sleepers wake in the order of their times, each at its own") {
    memory_world world;
    const auto started = world.ctx.time();
    std::vector<int> order;
    for (const int s : {30, 10, 20, 0})
        io::async_sleep(world.ctx, std::chrono::seconds(s), [&, s](io::error_code) {
            CHECK(world.ctx.time() == started + std::chrono::seconds(s));
            order.push_back(s);
        });
    world.ctx.run();
    CHECK(order == std::vector<int>{0, 10, 20, 30});
}

TEST_CASE("memory: time stands still while there is something to do") {
    memory_world world;
    auto [server, client] = world.network.connect();
    const auto started = world.ctx.time();
    client.write(pattern(100'000));
    client.shutdown();
    bool overtaken = false;
    io::async_sleep(world.ctx, 1ns,
                    [&, &end = client](io::error_code) { overtaken = !end.server_closed(); });
    run(world.ctx, echo(world.ctx, std::move(server)));
    CHECK_FALSE(overtaken);
    CHECK(world.ctx.time() == started + 1ns);
}

TEST_CASE("memory: a deadline passes when nothing else happens, and not before") {
    memory_world world;
    auto [server, client] = world.network.connect();
    struct cancelling : io::deadline {
        explicit cancelling(io::socket& sock)
            : deadline([](io::deadline& d) { static_cast<cancelling&>(d).s.cancel(); }), s(sock) {}
        io::socket& s;
    };
    io::socket s(world.ctx, std::move(server));
    cancelling idle(s);
    io::deadline_queue minutes(world.ctx.timer_set(), 1min);
    const auto started = world.ctx.time();
    client.write("x");
    spawn(world.ctx, [&]() -> awaitable<void> {
        minutes.arm(idle, world.ctx.now());
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        CHECK_FALSE(e);
        auto again = s.receive();
        const auto [e2, got2] = co_await std::move(again);
        CHECK(e2 == asio::error::operation_aborted);
    });
    world.ctx.run();
    CHECK(world.ctx.time() == started + 1min);
}

TEST_CASE("memory: a sleep can be cancelled, and then takes no time") {
    memory_world world;
    const auto started = world.ctx.time();
    asio::cancellation_signal signal;
    io::error_code result;
    io::async_sleep(
        world.ctx, io::clock::duration::max(),
        asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e) { result = e; }));
    world.ctx.run(); // gives up: the end of time does not come
    CHECK_FALSE(result);
    signal.emit(asio::cancellation_type::all);
    world.ctx.run();
    CHECK(result == asio::error::operation_aborted);
    CHECK(world.ctx.time() == started);
}

// --- other threads ---

TEST_CASE("memory: time passes really while a call is offloaded, and jumps when it is back") {
    io::offload_pool pool(1, 10);
    memory_world world({}, &pool);
    std::vector<std::string> order;
    const auto note = [&](const char* what) {
        return [&order, what](auto...) { order.push_back(what); };
    };
    const auto take_20_ms = [](void*) { std::this_thread::sleep_for(20ms); };
    const auto started = world.ctx.time();
    io::async_offload(world.ctx, take_20_ms, nullptr, note("offloaded"));
    io::async_sleep(world.ctx, 1h, note("an hour"));
    world.ctx.run();
    CHECK(order == std::vector<std::string>{"offloaded", "an hour"});
    CHECK(world.ctx.time() - started >= 1h);
}

TEST_CASE("memory: a sleep ends although an offloaded call does not") {
    io::offload_pool pool(1, 10);
    memory_world world({}, &pool);
    std::latch gate(1);
    const auto pass = [](void* g) { static_cast<std::latch*>(g)->wait(); };
    bool passed = false;
    io::async_offload(world.ctx, pass, &gate,
                      [&](io::error_code, const std::exception_ptr&) { passed = true; });
    io::async_sleep(world.ctx, 1ms, [&](io::error_code) {
        CHECK_FALSE(passed);
        gate.count_down();
    });
    world.ctx.run();
    CHECK(passed);
}

TEST_CASE("memory: a steady_timer expires in its own time, before a longer sleep") {
    memory_world world;
    run(world.ctx, [&]() -> awaitable<void> {
        asio::steady_timer timer(world.ctx.get_executor(), 5ms);
        auto waiting = timer.async_wait(asio::use_awaitable) ||
                       io::async_sleep(world.ctx, 10s, asio::use_awaitable);
        const auto first = co_await std::move(waiting);
        CHECK(first.index() == 0);
    });
}

TEST_CASE("memory: run() waits for a thread that holds an executor as work") {
    memory_world world({.patience = patience});
    bool ran = false;
    std::jthread other([&ran, work = asio::require(world.ctx.get_executor(),
                                                   asio::execution::outstanding_work.tracked)] {
        asio::post(work, [&ran] { ran = true; });
    });
    world.ctx.run();
    CHECK(ran);
}

TEST_CASE("memory: stop() from another thread ends run()") {
    memory_world world({.patience = patience});
    auto work = asio::require(world.ctx.get_executor(), asio::execution::outstanding_work.tracked);
    for (int i = 0; i < 50; ++i) {
        const std::jthread other([&] { world.ctx.stop(); });
        world.ctx.run();
    }
}

TEST_CASE("memory: run() gives up when nobody can bring what is waited for, and can go on") {
    memory_world world({.patience = 5ms});
    auto [server, client] = world.network.connect();
    io::socket s(world.ctx, std::move(server));
    std::string got;
    s.async_receive([&](io::error_code, const io::lease& bytes) { got = bytes.bytes(); });
    world.ctx.run();
    CHECK(got.empty());
    client.write("first");
    world.ctx.run();
    CHECK(got == "first");

    spawn(world.ctx, [&]() -> awaitable<void> {
        auto receiving = s.receive();
        const auto [e, bytes] = co_await std::move(receiving);
        got = bytes.bytes();
    });
    world.ctx.run();
    CHECK(got == "first");
    client.write("second");
    world.ctx.run();
    CHECK(got == "second");
}

// --- files ---

TEST_CASE("memory: files are real ones") {
    const temporary_folder root;
    const std::string content = pattern(100'000);
    root.write("file", content);
    memory_world world;
    run(world.ctx, [&]() -> awaitable<void> {
        open_how how{};
        how.flags = O_RDONLY | O_CLOEXEC;
        how.resolve = RESOLVE_BENEATH;
        auto opening = io::async_open(world.ctx, root.fd(), "file", how, asio::use_awaitable);
        const unique_fd fd(static_cast<int>(co_await std::move(opening)));
        struct statx meta {};
        auto stating = io::async_stat(world.ctx, fd.get(), meta, asio::use_awaitable);
        co_await std::move(stating);
        CHECK(meta.stx_size == content.size());
        std::string into(60'000, '\0');
        auto reading = io::async_read_at(world.ctx, fd.get(), into, 60'000, asio::use_awaitable);
        const std::size_t n = co_await std::move(reading);
        CHECK((into.substr(0, n) == content.substr(60'000)));

        const auto token = asio::as_tuple(asio::use_awaitable);
        auto missing = io::async_open(world.ctx, root.fd(), "none", how, token);
        const auto [e, none] = co_await std::move(missing);
        CHECK(e.value() == ENOENT);
        auto outside = io::async_open(world.ctx, root.fd(), "../", how, token);
        const auto [e2, none2] = co_await std::move(outside);
        CHECK(e2.value() == EXDEV);
    });
}

TEST_CASE("memory: a real descriptor that is closed is closed really") {
    int ends[2];
    checked(pipe2(ends, O_CLOEXEC), "pipe2");
    const unique_fd reader(ends[0]);
    memory_world world;
    world.ctx.close(ends[1]);
    CHECK(read_all(reader.get()).empty());
}

// --- the end ---

TEST_CASE("memory: a context destroyed with everything in flight at once leaves nothing behind") {
    const temporary_folder root;
    root.write("file", "content");
    io::offload_pool pool(1, 10);
    for (int rounds = 0; rounds < 20; ++rounds) {
        std::vector<io::memory_client> clients;
        {
            memory_world world({.buffer_count = 2, .buffer_bytes = 64}, &pool);
            for (int i = 0; i < 4; ++i) {
                auto [server, client] = world.network.connect();
                client.write(pattern(static_cast<std::size_t>(i) * 100));
                client.limit_unread(100);
                spawn(world.ctx, i % 2 == 0 ? echo(world.ctx, std::move(server))
                                            : receive_for_ever(world.ctx, std::move(server)));
                clients.push_back(std::move(client));
            }
            spawn(world.ctx, [&]() -> awaitable<void> {
                for (;;) {
                    open_how how{};
                    how.flags = O_RDONLY | O_CLOEXEC;
                    auto opening =
                        io::async_open(world.ctx, root.fd(), "file", how, asio::use_awaitable);
                    const unique_fd fd(static_cast<int>(co_await std::move(opening)));
                    const auto call = [](void*) {};
                    auto calling = io::async_offload(world.ctx, call, nullptr, asio::use_awaitable);
                    co_await std::move(calling);
                    auto sleeping = io::async_sleep(world.ctx, 1h, asio::use_awaitable);
                    co_await std::move(sleeping);
                }
            });
            for (int i = 0; i < rounds; ++i) {
                asio::post(world.ctx.get_executor(), [&] { world.ctx.stop(); });
                world.ctx.run();
            }
        }
        for (const io::memory_client& client : clients)
            CHECK(client.server_closed());
    }
}
