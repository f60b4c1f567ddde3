#include "io/connect.hpp"
#include "ringlet/connect.hpp"
#include "ringlet/sleep.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

namespace {

template <class Token>
auto connect_loopback(io::context& ctx, int fd, std::uint16_t port, Token&& token) {
    sockaddr_in to = loopback_address(port);
    return io::async_connect(ctx, fd, reinterpret_cast<sockaddr*>(&to), sizeof to,
                             std::forward<Token>(token));
}

// Connects to `host` and checks that it is the listener's other side.
awaitable<void> connect_and_check(std::string host, const listening& at) {
    auto connecting = connect(std::move(host), at.port);
    tcp_stream s = co_await std::move(connecting);
    CHECK(s.is_open());
    CHECK_FALSE(s.remote_address().empty());
    const unique_fd accepted(checked(::accept(at.fd.get(), nullptr, nullptr), "accept"));
    write_all(accepted.get(), "hello");
    char text[5];
    co_await asio::async_read(s, asio::buffer(text));
    CHECK(std::string_view(text, 5) == "hello");
}

// What connect() throws.
awaitable<io::error_code> connect_error(std::string host, std::uint16_t port) {
    try {
        auto connecting = connect(host, port);
        co_await std::move(connecting);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted)
            CHECK(std::string(e.what()).find(host) != std::string::npos);
        co_return e.code();
    }
    co_return io::error_code();
}

bool has_ipv6() {
    const unique_fd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    return fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

} // namespace

TEST_CASE("a socket is connected on the ring") {
    const listening at;
    const unique_fd fd = tcp_socket();
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        auto connecting = connect_loopback(ctx, fd.get(), at.port, asio::use_awaitable);
        co_await std::move(connecting);
    });
    const unique_fd accepted(checked(::accept(at.fd.get(), nullptr, nullptr), "accept"));
    write_all(fd.get(), "x");
    CHECK(wait_for(accepted.get(), POLLIN));
}

TEST_CASE("a port where nobody listens refuses the connection") {
    const std::uint16_t port = listening().port; // closed again
    const unique_fd fd = tcp_socket();
    io::context ctx(make_backend({16, 64}));
    io::error_code result;
    connect_loopback(ctx, fd.get(), port, [&](io::error_code e, std::size_t) { result = e; });
    run(ctx);
    CHECK(result == asio::error::connection_refused);
}

TEST_CASE("connecting to a listener that takes no more is cancelled through the slot") {
    const full_listener at;
    const unique_fd fd = tcp_socket();
    io::context ctx(make_backend({16, 64}));
    asio::cancellation_signal signal;
    io::error_code result;
    connect_loopback(ctx, fd.get(), at.port(),
                     asio::bind_cancellation_slot(
                         signal.slot(), [&](io::error_code e, std::size_t) { result = e; }));
    asio::post(ctx.get_executor(), [&] {
        CHECK_FALSE(result);
        signal.emit(asio::cancellation_type::all);
    });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("connecting can be given a time limit with ||") {
    const full_listener at;
    const unique_fd fd = tcp_socket();
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        auto limited = connect_loopback(ctx, fd.get(), at.port(), asio::use_awaitable) ||
                       io::async_sleep(ctx, 2ms, asio::use_awaitable);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
    });
}

TEST_CASE("a context that is destroyed while it connects drops the handler") {
    const full_listener at;
    const unique_fd fd = tcp_socket();
    auto held = std::make_shared<int>();
    const std::weak_ptr<int> alive = held;
    bool called = false;
    {
        io::context ctx(make_backend({16, 64}));
        connect_loopback(
            ctx, fd.get(), at.port(),
            [&called, h = std::move(held)](io::error_code, std::size_t) { called = true; });
        asio::post(ctx.get_executor(), [&] { ctx.stop(); });
        ctx.run();
        CHECK_FALSE(alive.expired());
    }
    CHECK(alive.expired());
    CHECK_FALSE(called);
}

TEST_CASE("connect() takes an address or a name") {
    io::context ctx(make_backend({16, 64}));
    const listening at;
    run(ctx, connect_and_check("127.0.0.1", at));
    run(ctx, connect_and_check("localhost", at));
}

TEST_CASE("connect() takes an IPv6 address") {
    if (!has_ipv6())
        return;
    io::context ctx(make_backend({16, 64}));
    const unique_fd fd(checked(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    checked(::listen(fd.get(), 1), "listen"); // on any address, and a port of the kernel's choice
    sockaddr_in6 address{};
    socklen_t length = sizeof address;
    checked(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
    run(ctx, [&]() -> awaitable<void> {
        auto connecting = connect("::1", ntohs(address.sin6_port));
        const tcp_stream s = co_await std::move(connecting);
        CHECK(s.remote_address() == "::1");
    });
}

TEST_CASE("connect() sends small writes at once") {
    io::context ctx(make_backend({16, 64}));
    const listening at;
    run(ctx, [&]() -> awaitable<void> {
        auto connecting = connect("127.0.0.1", at.port);
        const tcp_stream s = co_await std::move(connecting);
        int found = 0;
        for (int fd = 3; fd < 100; ++fd) { // the one of ours that is connected to the listener
            sockaddr_in peer{};
            socklen_t length = sizeof peer;
            if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0 ||
                ntohs(peer.sin_port) != at.port)
                continue;
            int no_delay = 0;
            length = sizeof no_delay;
            checked(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, &length), "getsockopt");
            found += no_delay != 0;
        }
        CHECK(found == 1);
    });
}

TEST_CASE("connect() throws why it failed") {
    io::context ctx(make_backend({16, 64}));
    const std::uint16_t closed = listening().port;
    run(ctx, [&]() -> awaitable<void> {
        auto refused = connect_error("127.0.0.1", closed);
        const auto refused_code = co_await std::move(refused);
        CHECK(refused_code == asio::error::connection_refused);
        auto by_name = connect_error("localhost", closed);
        const auto by_name_code = co_await std::move(by_name);
        CHECK(by_name_code == asio::error::connection_refused);
        auto unknown = connect_error(std::string(70, 'x'), 80); // no label may be that long
        const auto unknown_code = co_await std::move(unknown);
        CHECK(unknown_code.category() == asio::error::get_netdb_category());
        auto nothing = connect_error("", closed);
        const auto nothing_code = co_await std::move(nothing);
        CHECK(nothing_code == asio::error::host_not_found);
    });
}

TEST_CASE("connect() can be given a time limit with ||") {
    const full_listener at;
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        auto limited = connect("127.0.0.1", at.port()) || sleep_for(2ms);
        const auto first = co_await std::move(limited);
        CHECK(first.index() == 1);
        const listening open;
        auto again = connect("127.0.0.1", open.port) || sleep_for(patience);
        const auto second = co_await std::move(again);
        REQUIRE(second.index() == 0);
        CHECK(std::get<0>(second).is_open());
    });
}

TEST_CASE("connect() is cancelled while it looks up a name and while it connects") {
    for (const char* host : {"localhost", "127.0.0.1"}) {
        const full_listener at;
        io::context ctx(make_backend({16, 64}));
        asio::cancellation_signal signal;
        io::error_code result;
        const auto connect_and_cancel = [&]() -> awaitable<void> {
            // Runs when this waits, and before the resolver's thread can have its say.
            asio::post(ctx.get_executor(), [&] { signal.emit(asio::cancellation_type::terminal); });
            auto connecting = connect_error(host, at.port());
            result = co_await std::move(connecting);
        };
        asio::co_spawn(
            ctx.get_executor(), connect_and_cancel(),
            asio::bind_cancellation_slot(signal.slot(), [](const std::exception_ptr&) {}));
        run(ctx);
        CHECK(result == asio::error::operation_aborted);
    }
}

TEST_CASE("connect() needs a ringlet context") {
    asio::io_context other;
    std::exception_ptr thrown;
    asio::co_spawn(other, connect("127.0.0.1", 80),
                   [&](std::exception_ptr e, const tcp_stream&) { thrown = std::move(e); });
    other.run();
    REQUIRE(thrown);
    CHECK_THROWS_AS(std::rethrow_exception(thrown), std::logic_error);
}

TEST_CASE("a context can be destroyed in the middle of connect()") {
    struct unwound {
        int& count;
        ~unwound() { ++count; }
    };
    const full_listener at;
    int count = 0;
    {
        io::context ctx(make_backend({16, 64}));
        for (const char* host : {"localhost", "127.0.0.1"})
            spawn(ctx, [&count, &at, host]() -> awaitable<void> {
                const unwound guard{count};
                auto connecting = connect(host, at.port());
                co_await std::move(connecting);
            });
        asio::post(ctx.get_executor(), [&] { ctx.stop(); });
        ctx.run();
        CHECK(count == 0);
    }
    CHECK(count == 2);
}
