#include "support/websocket_client.hpp"

#include "support/beast_client.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <exception>

namespace ringlet::testing {

namespace beast_websocket = boost::beast::websocket;

using boost::asio::awaitable;
using boost::asio::use_awaitable;

websocket_client::websocket_client(std::uint16_t port, const std::string& target,
                                   int receive_buffer_bytes)
    : stream_(ctx_) {
    auto& socket = boost::beast::get_lowest_layer(stream_).socket();
    socket.open(boost::asio::ip::tcp::v4());
    if (receive_buffer_bytes != 0)
        socket.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer_bytes));
    socket.connect({boost::asio::ip::address_v4::loopback(), port});
    stream_.set_option({beast_patience, beast_patience, false});
    run([&]() -> awaitable<void> {
        co_await stream_.async_handshake("localhost", target, use_awaitable);
    });
}

websocket_client::~websocket_client() = default;

void websocket_client::say(const std::string& message, bool as_text) {
    stream_.text(as_text);
    run([&]() -> awaitable<void> {
        const boost::asio::const_buffer bytes = boost::asio::buffer(message);
        co_await stream_.async_write(bytes, use_awaitable);
    });
}

void websocket_client::ping() {
    run([&]() -> awaitable<void> {
        const beast_websocket::ping_data nothing;
        co_await stream_.async_ping(nothing, use_awaitable);
    });
}

std::string websocket_client::hear() {
    boost::beast::flat_buffer buffer;
    run([&]() -> awaitable<void> { co_await stream_.async_read(buffer, use_awaitable); });
    return boost::beast::buffers_to_string(buffer.data());
}

bool websocket_client::heard_text() const {
    return stream_.got_text();
}

unsigned websocket_client::closed_with() {
    try {
        for (;;)
            hear();
    } catch (const boost::system::system_error& e) {
        return e.code() == beast_websocket::error::closed ? stream_.reason().code : 0;
    }
}

void websocket_client::leave() {
    run([&]() -> awaitable<void> {
        const beast_websocket::close_reason reason(beast_websocket::close_code::normal);
        co_await stream_.async_close(reason, use_awaitable);
    });
}

// Not to the end of all work, for Beast's timer goes on from one step to the next.
void websocket_client::run(const std::function<awaitable<void>()>& step) {
    boost::asio::co_spawn(ctx_, step, [this](std::exception_ptr e) {
        ctx_.stop();
        if (e)
            std::rethrow_exception(e);
    });
    ctx_.restart();
    ctx_.run();
}

} // namespace ringlet::testing
