// Ordinary Asio and Beast objects on the context: what a handler may use beside our own operations.
#include "io/listener.hpp"
#include "io/socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

tcp::endpoint loopback(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

// A server by hand: accepts `connections` and echoes each to its end.
awaitable<void> echo(io::context& ctx, io::listener& acceptor, int connections) {
    for (; connections != 0; --connections) {
        auto accepting = acceptor.accept();
        auto [e, fd] = co_await std::move(accepting);
        io::socket s(ctx, std::move(fd));
        s.stay_armed();
        for (;;) {
            auto receiving = s.receive();
            const auto [ended, got] = co_await std::move(receiving);
            if (ended)
                break;
            auto sending = s.send(got.bytes());
            co_await std::move(sending);
        }
    }
}

awaitable<void> answer_requests(io::context& ctx, io::listener& acceptor) {
    auto accepting = acceptor.accept();
    auto [e, fd] = co_await std::move(accepting);
    io::socket s(ctx, std::move(fd));
    boost::beast::flat_buffer buffer;
    for (bool alive = true; alive;) {
        http::request<http::string_body> request;
        auto reading = http::async_read(s, buffer, request, asio::use_awaitable);
        co_await std::move(reading);
        http::response<http::string_body> response(http::status::ok, request.version());
        response.body() = "you asked for " + std::string(request.target());
        response.keep_alive(request.keep_alive());
        response.prepare_payload();
        auto writing = http::async_write(s, response, asio::use_awaitable);
        co_await std::move(writing);
        alive = request.keep_alive();
    }
}

} // namespace

TEST_CASE("steady_timer: expires, is cancelled, and completes on the context's thread") {
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        asio::steady_timer timer(ctx.get_executor(), 2ms);
        auto waiting = timer.async_wait(asio::use_awaitable);
        co_await std::move(waiting);
        CHECK(ctx.running_in_this_thread());
        CHECK(io::clock::now() >= timer.expiry());
        timer.expires_after(24h);
        asio::post(ctx.get_executor(), [&] { timer.cancel(); });
        auto again = timer.async_wait(asio::as_tuple(asio::use_awaitable));
        const auto [e] = co_await std::move(again);
        CHECK(e == asio::error::operation_aborted);
    });
}

TEST_CASE("a cancellation slot ends a steady_timer's wait") {
    io::context ctx(make_backend({16, 64}));
    asio::steady_timer timer(ctx.get_executor(), 24h);
    asio::cancellation_signal signal;
    io::error_code result;
    timer.async_wait(
        asio::bind_cancellation_slot(signal.slot(), [&](io::error_code e) { result = e; }));
    asio::post(ctx.get_executor(), [&] { signal.emit(asio::cancellation_type::all); });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("a || b: the first ends the other, whichever kind they are") {
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        asio::steady_timer slow(ctx.get_executor(), 24h);
        asio::steady_timer quick(ctx.get_executor(), 1ms);
        auto ours_first =
            io::async_sleep(ctx, 1ms, asio::use_awaitable) || slow.async_wait(asio::use_awaitable);
        const auto a = co_await std::move(ours_first);
        CHECK(a.index() == 0);
        auto theirs_first =
            io::async_sleep(ctx, 24h, asio::use_awaitable) || quick.async_wait(asio::use_awaitable);
        const auto b = co_await std::move(theirs_first);
        CHECK(b.index() == 1);
        quick.expires_after(1ms);
        auto both =
            io::async_sleep(ctx, 1ms, asio::use_awaitable) && quick.async_wait(asio::use_awaitable);
        co_await std::move(both);
    });
}

TEST_CASE("an ip::tcp::socket client talks to our listener and socket") {
    io::context ctx(make_backend({16, 1024}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    spawn(ctx, [&]() -> awaitable<void> { return echo(ctx, acceptor, 3); });
    run(ctx, [&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i) {
            tcp::socket client(ctx.get_executor());
            auto connecting = client.async_connect(loopback(at.port), asio::use_awaitable);
            co_await std::move(connecting);
            const std::string sent = pattern(100'000);
            std::string received(sent.size(), '\0');
            auto both = asio::async_write(client, asio::buffer(sent), asio::use_awaitable) &&
                        asio::async_read(client, asio::buffer(received), asio::use_awaitable);
            co_await std::move(both);
            CHECK((received == sent));
        }
    });
}

TEST_CASE("a resolver resolves") {
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        tcp::resolver resolver(ctx.get_executor());
        auto resolving = resolver.async_resolve("127.0.0.1", "80", asio::use_awaitable);
        const auto found = co_await std::move(resolving);
        CHECK(found.begin()->endpoint() == loopback(80));
    });
}

TEST_CASE("a Beast client and Beast's message functions over our socket understand each other") {
    io::context ctx(make_backend({16, 1024}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    spawn(ctx, [&]() -> awaitable<void> { return answer_requests(ctx, acceptor); });
    run(ctx, [&]() -> awaitable<void> {
        boost::beast::tcp_stream client(ctx.get_executor());
        client.expires_after(patience);
        auto connecting = client.async_connect(loopback(at.port), asio::use_awaitable);
        co_await std::move(connecting);
        boost::beast::flat_buffer buffer;
        for (const std::string target : {"/first", "/second", "/last"}) {
            http::request<http::empty_body> request(http::verb::get, target, 11);
            request.set(http::field::host, "localhost");
            request.keep_alive(target != "/last");
            auto writing = http::async_write(client, request, asio::use_awaitable);
            co_await std::move(writing);
            http::response<http::string_body> response;
            auto reading = http::async_read(client, buffer, response, asio::use_awaitable);
            co_await std::move(reading);
            CHECK(response.body() == "you asked for " + target);
        }
    });
}
