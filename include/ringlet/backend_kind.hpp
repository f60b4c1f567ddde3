// What carries the server's operations out.
#pragma once

#include <cstdint>

namespace ringlet {

/// `automatic` is io_uring where the kernel has all of it and allows it, else epoll, and what kept
/// io_uring from being used is logged. The environment variable RINGLET_BACKEND (auto, uring or
/// epoll) decides instead where it is set.
enum class backend_kind : std::uint8_t { automatic, uring, epoll };

} // namespace ringlet
