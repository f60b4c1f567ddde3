// The public face of a socket: a stream, without the types of the ring.
#pragma once

#include "io/socket.hpp"
#include "ringlet/tcp_stream.hpp"

#include <string>

namespace ringlet::detail {

/// Hands a connection over to a handler. `received` came already, and is what the first reads give.
tcp_stream make_tcp_stream(io::socket s, std::string received = {});

} // namespace ringlet::detail
