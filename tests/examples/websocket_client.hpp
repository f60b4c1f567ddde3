// The other end of a WebSocket: Beast on an ordinary io_context, one step at a time.
#pragma once

#include "support/beast_client.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace ringlet::testing {

namespace beast_websocket = boost::beast::websocket;

/// Each step throws boost::system::system_error, also after beast_patience without a word.
class websocket_client {
  public:
    /// `receive_buffer_bytes`: of the socket; 0 leaves it to the system.
    websocket_client(std::uint16_t port, const std::string& target, int receive_buffer_bytes = 0)
        : stream_(ctx_) {
        auto& socket = boost::beast::get_lowest_layer(stream_).socket();
        socket.open(boost::asio::ip::tcp::v4());
        if (receive_buffer_bytes != 0)
            socket.set_option(boost::asio::socket_base::receive_buffer_size(receive_buffer_bytes));
        socket.connect({boost::asio::ip::address_v4::loopback(), port});
        stream_.set_option({beast_patience, beast_patience, false});
        run([&]() -> boost::asio::awaitable<void> {
            co_await stream_.async_handshake("localhost", target, boost::asio::use_awaitable);
        });
    }

    void say(const std::string& text, bool as_text = true) {
        stream_.text(as_text);
        run([&]() -> boost::asio::awaitable<void> {
            const boost::asio::const_buffer bytes = boost::asio::buffer(text);
            co_await stream_.async_write(bytes, boost::asio::use_awaitable);
        });
    }

    /// The next message.
    std::string hear() {
        boost::beast::flat_buffer buffer;
        run([&]() -> boost::asio::awaitable<void> {
            co_await stream_.async_read(buffer, boost::asio::use_awaitable);
        });
        return boost::beast::buffers_to_string(buffer.data());
    }

    /// Reads until the other side closes, and gives the code that it has closed with.
    unsigned closed_with() {
        try {
            for (;;)
                hear();
        } catch (const boost::system::system_error& e) {
            return e.code() == beast_websocket::error::closed ? stream_.reason().code : 0;
        }
    }

    void leave() {
        run([&]() -> boost::asio::awaitable<void> {
            const beast_websocket::close_reason reason(beast_websocket::close_code::normal);
            co_await stream_.async_close(reason, boost::asio::use_awaitable);
        });
    }

  private:
    // Not to the end of all work, for Beast's timer goes on from one step to the next.
    template <class Coroutine>
    void run(Coroutine&& step) {
        boost::asio::co_spawn(ctx_, std::forward<Coroutine>(step), [this](std::exception_ptr e) {
            ctx_.stop();
            if (e)
                std::rethrow_exception(e);
        });
        ctx_.restart();
        ctx_.run();
    }

    boost::asio::io_context ctx_;
    beast_websocket::stream<boost::beast::tcp_stream> stream_;
};

} // namespace ringlet::testing
