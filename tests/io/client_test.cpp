// Handlers as clients: what Beast makes of connect() and the public socket.
#include "io/listener.hpp"
#include "io/tcp_stream.hpp"
#include "ringlet/connect.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

using namespace ringlet;
using namespace ringlet::testing;
namespace http = boost::beast::http;

namespace {

awaitable<void> answer_requests(io::context& ctx, io::listener& acceptor) {
    auto accepting = acceptor.accept();
    auto [e, fd] = co_await std::move(accepting);
    tcp_stream s = detail::make_tcp_stream(io::socket(ctx, std::move(fd)));
    boost::beast::flat_buffer buffer;
    for (bool alive = true; alive;) {
        http::request<http::string_body> request;
        co_await http::async_read(s, buffer, request);
        http::response<http::string_body> response(http::status::ok, request.version());
        response.body() = std::string(request.target()) + " " + request.body();
        response.keep_alive(request.keep_alive());
        response.chunked(true);
        co_await http::async_write(s, response);
        alive = request.keep_alive();
    }
}

awaitable<std::string> ask(tcp_stream& s, boost::beast::flat_buffer& buffer, std::string target,
                           std::string body, bool last) {
    http::request<http::string_body> request(http::verb::post, target, 11);
    request.set(http::field::host, "localhost");
    request.keep_alive(!last);
    request.body() = std::move(body);
    request.prepare_payload();
    co_await http::async_write(s, request);
    http::response<http::string_body> response;
    co_await http::async_read(s, buffer, response);
    co_return response.body();
}

} // namespace

TEST_CASE("Beast's HTTP functions work over connect(), at both ends, without a token") {
    io::context ctx(make_backend({16, 1024}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    const std::string large = pattern(200'000);
    spawn(ctx, [&]() -> awaitable<void> { return answer_requests(ctx, acceptor); });
    run(ctx, [&]() -> awaitable<void> {
        auto connecting = connect("localhost", at.port);
        tcp_stream s = co_await std::move(connecting);
        boost::beast::flat_buffer buffer;
        auto small_question = ask(s, buffer, "/small", "x", false);
        const std::string small_answer = co_await std::move(small_question);
        CHECK(small_answer == "/small x");
        auto large_question = ask(s, buffer, "/large", large, true);
        const std::string large_answer = co_await std::move(large_question);
        CHECK((large_answer == "/large " + large));
    });
}
