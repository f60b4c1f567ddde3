// The epoll backend, for where io_uring is not allowed: sockets by readiness, files by threads.
#pragma once

#include "io/backend.hpp"

#include <memory>

namespace ringlet::io {

/// Made on the thread that will use it. Throws std::system_error when there is no descriptor or no
/// memory for it.
///
/// A listening socket becomes non-blocking with its first accept, and a socket with its connect().
std::unique_ptr<backend> make_epoll_backend(buffer_options options = {});

} // namespace ringlet::io
