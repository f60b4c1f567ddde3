// The public face of a socket: a stream, without the types of the ring.
#pragma once

#include "io/socket.hpp"
#include "ringlet/tcp_stream.hpp"

#include <functional>
#include <string>

namespace ringlet::detail {

/// What happens when the peer has ended the connection and nobody reads that: `tell` is called,
/// once, from the loop, when nothing was read for as long as `patience` says. Meanwhile what has
/// come before the end can be read.
struct unread_end {
    io::deadline_queue& patience;
    std::function<void()> tell;
};

/// Hands a connection over to a handler. `received` came already, and is what the first reads give.
tcp_stream make_tcp_stream(io::socket s, std::string received = {});
tcp_stream make_tcp_stream(io::socket s, std::string received, unread_end end);

} // namespace ringlet::detail
