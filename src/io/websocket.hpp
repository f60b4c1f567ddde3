// What beast::websocket::stream<io::socket> asks of the stream beneath it. Beast finds these by the
// type of their argument.
#pragma once

#include "io/socket.hpp"

#include <boost/asio/compose.hpp>
#include <boost/beast/core/role.hpp>

namespace ringlet::io {

/// Says that no more comes, then reads what the peer still sends, so that closing does not reset
/// the connection.
struct teardown_op {
    socket* stream;

    template <class Self>
    void operator()(Self& self) {
        stream->shutdown_send();
        stream->async_receive(std::move(self));
    }
    template <class Self>
    void operator()(Self& self, error_code e, const lease&) {
        if (!e)
            return stream->async_receive(std::move(self));
        stream->close();
        self.complete(e == asio::error::eof ? error_code() : e);
    }
};

template <class Handler>
void async_teardown(boost::beast::role_type, socket& stream, Handler&& handler) {
    asio::async_compose<Handler, void(error_code)>(teardown_op{&stream}, handler, stream);
}

/// When Beast's own timeout has passed.
inline void beast_close_socket(socket& stream) {
    stream.cancel();
    stream.close();
}

} // namespace ringlet::io
