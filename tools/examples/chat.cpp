// Everybody hears what anybody says, over WebSocket. The page is at http://127.0.0.1:8080/
#include "listen.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <ringlet/ringlet.hpp>
#include <ringlet/websocket.hpp>
#include <set>

using namespace ringlet;
using namespace boost::asio::experimental::awaitable_operators;
namespace asio = boost::asio;
using boost::system::error_code;

using message = std::shared_ptr<const std::string>; // one, however many are to hear it
using queue = asio::experimental::channel<void(error_code, message)>;
using room = std::set<struct member*>;

// A WebSocket takes one write at a time: what is said meanwhile waits in the queue.
struct member {
    member(websocket& ws, room& r) : socket(ws), all(r), waiting(ws.get_executor(), 100) {
        all.insert(this);
    }
    ~member() { all.erase(this); }

    websocket& socket;
    room& all;
    queue waiting;
};

void say(room& all, const message& text) {
    for (member* m : all)
        if (!m->waiting.try_send(error_code(), text))
            m->socket.next_layer().close(); // too slow for this company
}

awaitable<void> hear(member& me) {
    boost::beast::flat_buffer buffer;
    for (;;) {
        co_await me.socket.async_read(buffer); // throws when the member leaves
        const auto text = boost::beast::buffers_to_string(buffer.data());
        if (me.socket.got_text())
            say(me.all, std::make_shared<std::string>(text));
        buffer.clear();
    }
}

awaitable<void> tell(member& me) {
    for (;;) {
        const message text = co_await me.waiting.async_receive(asio::use_awaitable);
        co_await me.socket.async_write(asio::buffer(*text));
    }
}

awaitable<void> talk(websocket& ws, room& all) {
    ws.read_message_max(4096);
    member me(ws, all);
    co_await (hear(me) && tell(me)); // until one of them throws, which ends the other
}

awaitable<response> chat(request& req, room& all) {
    co_return accept_websocket(req, [&all](websocket& ws) { return talk(ws, all); });
}

awaitable<response> page(request&, const std::string& path) {
    co_return file(path);
}

int main(int argc, char** argv) {
    const auto path = example::option(argc, argv, "--page", "tools/examples/chat.html");
    server app;
    app.get("/", page, path);
    app.get("/chat", chat, app.per_worker<room>()); // a worker's own, so it needs no lock
    run_options options = example::listen(argc, argv);
    options.workers = 1; // and all are on this one
    return app.run(options);
}
