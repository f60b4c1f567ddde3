// File operations as system calls, for backends without a ring.
#pragma once

#include "io/op.hpp"

namespace ringlet::io {

bool is_file_call(opcode code) noexcept;

/// Carries out open, stat, read or write, and waits for the disk where it has to.
int call_file(const op_request& r) noexcept;

/// The same from what is in memory alone: -EAGAIN where the disk would have to be waited for.
int call_cached_file(const op_request& r) noexcept;

} // namespace ringlet::io
