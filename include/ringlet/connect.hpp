// Connections to other servers.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/tcp_stream.hpp"

#include <cstdint>
#include <string>

namespace ringlet {

/// Opens a TCP connection to `host`, an IPv4 or IPv6 address (without brackets) or a name. A name
/// is looked up by the system's resolver, one at a time for each worker, on a thread of its own;
/// its addresses are tried in the resolver's order until one answers. Small writes are sent at once
/// (TCP_NODELAY).
///
/// Throws boost::system::system_error: why the last address failed, or the look-up;
/// operation_aborted when the coroutine is cancelled, which ends the attempt at once. It has no
/// time limit but the kernel's, which is minutes; within() sets one.
///
/// Only for coroutines that run on a ringlet server; std::logic_error elsewhere.
awaitable<tcp_stream> connect(std::string host, std::uint16_t port);

} // namespace ringlet
