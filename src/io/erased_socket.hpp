// The public face of a socket: the same stream, without its types.
#pragma once

#include "io/socket.hpp"
#include "ringlet/socket.hpp"

#include <string>

namespace ringlet::detail {

/// Hands a connection over to a handler. `received` came already, and is what the first reads give.
ringlet::socket make_socket(io::socket s, std::string received = {});

} // namespace ringlet::detail
