// The other end of a WebSocket: Beast on an ordinary io_context, one step at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace ringlet::testing {

/// Each step throws boost::system::system_error, also after beast_patience without a word.
class websocket_client {
  public:
    /// `receive_buffer_bytes`: of the socket; 0 leaves it to the system.
    websocket_client(std::uint16_t port, const std::string& target, int receive_buffer_bytes = 0);
    websocket_client(const websocket_client&) = delete;
    websocket_client& operator=(const websocket_client&) = delete;
    ~websocket_client();

    void say(const std::string& message, bool as_text = true);
    void ping();

    /// The next message.
    std::string hear();
    /// Whether that was text.
    bool heard_text() const;

    /// Reads until the other side closes, and gives the code that it has closed with.
    unsigned closed_with();

    void leave();

  private:
    void run(const std::function<boost::asio::awaitable<void>()>& step);

    boost::asio::io_context ctx_;
    boost::beast::websocket::stream<boost::beast::tcp_stream> stream_;
};

} // namespace ringlet::testing
