// WebSocket (RFC 6455), with Boost.Beast.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "ringlet/tcp_stream.hpp"

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <functional>
#include <utility>

namespace ringlet {

/// Beast's stream over a connection. Its operations need no token: `co_await
/// ws.async_read(buffer)`. The caller includes <boost/beast/websocket.hpp>.
class websocket : public boost::beast::websocket::stream<tcp_stream> {
  public:
    using stream::stream;

    /// As Beast's, which takes one close only: a second one, or one that meets the server's end,
    /// completes with operation_aborted.
    template <class Token = boost::asio::default_completion_token_t<executor_type>>
    auto async_close(const boost::beast::websocket::close_reason& why, Token&& token = Token()) {
        auto initiate = [this](auto ended, const boost::beast::websocket::close_reason& reason) {
            if (!std::exchange(closing_, true))
                stream::async_close(reason, std::move(ended));
            else
                boost::asio::post(get_executor(), boost::asio::append(std::move(ended), aborted()));
        };
        return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
            std::move(initiate), token, why);
    }

    /// Whether async_close() has been called.
    bool closing() const noexcept { return closing_; }

  private:
    static boost::system::error_code aborted() { return boost::asio::error::operation_aborted; }

    bool closing_ = false;
};

/// Called on the connection's worker once both sides have agreed. When it returns, the connection
/// is closed in good order (1000). When it throws, with 1011 and a line in the log, but for what
/// the other side's end throws (boost::system::system_error), which is the ordinary end. When the
/// server ends, what it waits for is cancelled, and the client is told 1001.
///
/// A client's end is told by the read that meets it. A session that reads nothing for
/// limits::linger_timeout_s after it is cancelled, as a handler is. Only a close frame, of a client
/// that stays connected, takes a read to be noticed, and so do pings to be answered: whoever only
/// pushes reads as well, as in `co_await (hear(ws) && push(ws))`.
using websocket_session = std::function<awaitable<void>(websocket&)>;

/// Answers a WebSocket handshake with yes, and anything else with 426:
///
///     awaitable<response> chat(request& req) {
///         co_return accept_websocket(req, [](websocket& ws) { return talk(ws); });
///     }
///
/// The answer (101) has the fields that are set on the response, by middleware too; those of the
/// handshake are the server's to write, and status and content of the response are not used. A
/// subprotocol (RFC 6455 section 1.9) is chosen by naming one of those that the client offers,
/// which are separated by commas, the one it likes best first:
///
///     response r = accept_websocket(req, talk);
///     if (req.field("Sec-WebSocket-Protocol") == "chat") // the only one
///         r.set("Sec-WebSocket-Protocol", "chat");
///     co_return r;
///
/// One that was not offered has the client fail the connection.
///
/// Messages of more than limits::websocket_message_bytes end the connection (1009), and so does
/// silence: a ping after 150 s, the end 150 s later. Browsers connect from any page: compare
/// req.field("origin") where that matters. The request is there until the session ends.
response accept_websocket(request& req, websocket_session session);

} // namespace ringlet
