// Stands in front of another server, --to HOST:PORT, and passes everything on as it comes.
#include "beast_messages.hpp"
#include "listen.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <limits>

using namespace ringlet;
namespace asio = boost::asio;
namespace http = boost::beast::http;

struct upstream {
    tcp_stream socket;
    boost::beast::flat_buffer buffer;
    std::optional<http::response_parser<http::buffer_body>> answer;
};

// What fails here is left to read_head() to tell: there may be an answer all the same.
awaitable<void> send(upstream& up, request& req) {
    auto asked = example::pass_on(req);
    http::request_serializer<http::buffer_body> out(asked);
    req.body().limit(std::numeric_limits<std::uint64_t>::max());
    for (;;) {
        const std::string_view piece = co_await req.body().next();
        const bool more = !piece.empty();
        asked.body() = {more ? const_cast<char*>(piece.data()) : nullptr, piece.size(), more};
        auto writing = http::async_write(up.socket, out, asio::as_tuple(asio::use_awaitable));
        const auto [failed, bytes] = co_await std::move(writing);
        if (failed != http::error::need_buffer) // it wants the next piece
            break;
    }
}

awaitable<void> read_head(upstream& up, bool without_content) {
    do {
        up.answer.emplace().skip(without_content);
        up.answer->body_limit(boost::none);
        co_await http::async_read_header(up.socket, up.buffer, *up.answer);
    } while (up.answer->get().result_int() < 200); // 103 is no answer yet
}

awaitable<void> read_content(std::shared_ptr<upstream> up, writer& out) {
    std::string piece(32 * 1024, '\0');
    auto& body = up->answer->get().body();
    while (!up->answer->is_done()) {
        body = {piece.data(), piece.size(), true};
        auto reading = http::async_read_some(up->socket, up->buffer, *up->answer,
                                             asio::as_tuple(asio::use_awaitable));
        const auto [failed, bytes] = co_await std::move(reading);
        if (failed && failed != http::error::need_buffer) // that is: the piece is full
            throw boost::system::system_error(failed);
        co_await out.write(std::string_view(piece).substr(0, piece.size() - body.size));
    }
}

awaitable<response> ask(request& req, const example::address& to) {
    const auto up = std::make_shared<upstream>();
    up->socket = co_await within(to.patience, connect(to.host, to.port));
    co_await send(*up, req);
    co_await within(to.patience, read_head(*up, req.method() == "HEAD"));
    co_return example::pass_on(*up->answer, [up](writer& out) { return read_content(up, out); });
}

awaitable<response> forward(request& req, const example::address& to) {
    try {
        co_return co_await ask(req, to);
    } catch (const boost::system::system_error& e) {
        throw example::bad_gateway(e);
    }
}

int main(int argc, char** argv) {
    const example::address to = example::to(argc, argv);
    server app;
    // Middleware that never asks for the next handler answers all methods and all paths.
    app.use([to](request& req, next_handler) { return forward(req, to); });
    return app.run(example::listen(argc, argv));
}
