// WebSocket sessions, and how they end.
#include "parts.hpp"

#include <ringlet/websocket.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace ringlet;
using namespace ringlet::testing;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

awaitable<void> close_and_tell(websocket& ws) {
    const boost::beast::websocket::close_reason why(boost::beast::websocket::close_code::normal);
    auto closing = ws.async_close(why, boost::asio::as_tuple(boost::asio::deferred));
    const auto [failed] = co_await std::move(closing);
    std::cerr << (failed ? "the closing was cut short\n" : "the session has closed\n");
}

awaitable<void> echo(websocket& ws) {
    for (;;) {
        boost::beast::flat_buffer message;
        co_await ws.async_read(message);
        const std::string said = boost::beast::buffers_to_string(message.data());
        if (said == "throw")
            throw std::runtime_error("the session fails");
        if (said == "return")
            co_return;
        if (said == "close") {
            co_await close_and_tell(ws);
            co_return;
        }
        ws.text(ws.got_text());
        co_await ws.async_write(message.data());
    }
}

awaitable<response> talk(request& req) {
    co_return accept_websocket(req, echo);
}

// Writes more than the client will read, and closes meanwhile when it is told to.
awaitable<void> flood_and_close(websocket& ws) {
    const std::string much(100'000'000, 'x');
    auto flooding = [&]() -> awaitable<void> {
        co_await ws.async_write(boost::asio::buffer(much));
    };
    auto closing = [&]() -> awaitable<void> {
        boost::beast::flat_buffer message;
        co_await ws.async_read(message);
        std::cerr << "closing\n";
        co_await close_and_tell(ws);
    };
    auto both = flooding() && closing();
    co_await std::move(both);
}

awaitable<response> talk_much(request& req) {
    co_return accept_websocket(req, flood_and_close);
}

awaitable<response> talk_chat(request& req) {
    response r = accept_websocket(req, echo);
    if (req.field("Sec-WebSocket-Protocol").find("chat") != std::string_view::npos)
        r.set("Sec-WebSocket-Protocol", "chat");
    r.add("Set-Cookie", "a=1").add("Set-Cookie", "b=2").set("Sec-WebSocket-Accept", "nonsense");
    co_return r;
}

awaitable<response> talk_nonsense(request& req) {
    response r = accept_websocket(req, echo);
    r.set("X-Lines", "one\r\nX-Two: two");
    co_return r;
}

} // namespace

void ringlet::testing::add_websockets(routes& app) {
    app.get("/ws", talk);
    app.get("/ws/flood", talk_much);
    app.get("/ws/chat", talk_chat).use(tag("around"));
    app.get("/ws/nonsense", talk_nonsense);
}
