// What is asked of the kernel, as a submission to the ring.
#pragma once

#include "io/op.hpp"

#include <liburing.h>

namespace ringlet::io {

/// Where receives have their buffers from.
inline constexpr int buffer_group = 0;

/// Fills in all but whom it belongs to. A receive that goes on ends after `multishot_bytes`, unless
/// that is 0.
void prepare(io_uring_sqe& sqe, const op_request& r, unsigned multishot_bytes) noexcept;

} // namespace ringlet::io
