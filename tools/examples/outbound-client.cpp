// Asks another server, and answers what that has said.
//
//     outbound-client --to example.org:80 & curl http://127.0.0.1:8080/fetch
#include "beast_messages.hpp"
#include "listen.hpp"

#include <boost/beast/core/flat_buffer.hpp>

using namespace ringlet;
namespace beast = boost::beast;
namespace http = boost::beast::http;

awaitable<response> ask(example::address to) {
    tcp_stream s = co_await connect(to.host, to.port);
    http::request<http::empty_body> question(http::verb::get, "/", 11);
    question.set(http::field::host, to.text);
    question.keep_alive(false);
    co_await http::async_write(s, question);

    beast::flat_buffer buffer;
    http::response<http::string_body> said;
    co_await http::async_read(s, buffer, said);
    co_return text(std::move(said.body()));
}

awaitable<response> fetch(request&, const example::address& to) {
    try {
        co_return co_await within(to.patience, ask(to));
    } catch (const boost::system::system_error& e) {
        throw example::bad_gateway(e); // 504 when it took too long, else 502
    }
}

int main(int argc, char** argv) {
    const example::address other = example::to(argc, argv);
    server app;
    app.get("/fetch", fetch, other);
    return app.run(example::listen(argc, argv));
}
