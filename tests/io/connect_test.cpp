#include "io/connect.hpp"
#include "io/uring_backend.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

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

} // namespace

TEST_CASE("a socket is connected on the ring") {
    const listening at;
    const unique_fd fd = tcp_socket();
    io::context ctx(io::make_uring_backend({16, 64}));
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
    io::context ctx(io::make_uring_backend({16, 64}));
    io::error_code result;
    connect_loopback(ctx, fd.get(), port, [&](io::error_code e, std::size_t) { result = e; });
    run(ctx);
    CHECK(result == asio::error::connection_refused);
}

TEST_CASE("connecting to a listener that takes no more is cancelled through the slot") {
    const full_listener at;
    const unique_fd fd = tcp_socket();
    io::context ctx(io::make_uring_backend({16, 64}));
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
    io::context ctx(io::make_uring_backend({16, 64}));
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
        io::context ctx(io::make_uring_backend({16, 64}));
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
