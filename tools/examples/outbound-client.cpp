// Asks another server, and answers what that has said.
//
//     outbound-client --to example.org:80 & curl http://127.0.0.1:8080/fetch
#include "listen.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <ringlet/ringlet.hpp>

using namespace ringlet;
using namespace boost::asio::experimental::awaitable_operators;
namespace beast = boost::beast;
namespace http = boost::beast::http;

awaitable<response> ask(example::address to) {
    ringlet::socket s = co_await connect(to.host, to.port);
    http::request<http::empty_body> question(http::verb::get, "/", 11);
    question.set(http::field::host, to.text);
    question.keep_alive(false);
    co_await http::async_write(s, question);

    beast::flat_buffer buffer;
    http::response<http::string_body> said;
    co_await http::async_read(s, buffer, said);
    co_return text(std::move(said.body()));
}

// `||` waits for the first of two that succeeds: a failure has to be one of the answers.
awaitable<response> ask_or_fail(example::address to) {
    std::string problem;
    try {
        co_return co_await ask(to);
    } catch (const boost::system::system_error& e) {
        problem = e.what();
    }
    response r = text("The other server failed: " + problem + "\n");
    r.status = 502;
    co_return r;
}

awaitable<response> fetch(request&, const example::address& to) {
    auto first = co_await (ask_or_fail(to) || sleep_for(to.patience));
    if (first.index() == 1)
        throw http_error(504, "The other server has not answered in time.");
    co_return std::get<0>(std::move(first));
}

int main(int argc, char** argv) {
    const example::address other = example::to(argc, argv);
    server app;
    app.get("/fetch", fetch, other);
    return app.run(example::listen(argc, argv));
}
