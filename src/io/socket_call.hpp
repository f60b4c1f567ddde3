// Socket operations as system calls that do not wait, for backends without a ring.
#pragma once

#include "io/op.hpp"

namespace ringlet::io {

bool is_send(opcode code) noexcept;

/// Sends what is left behind `r.offset`, as far as it goes. Gives how much, or a negative errno.
int send_rest(const op_request& r) noexcept;

/// Needs a non-blocking socket. Gives 0 or a negative errno: with -EINPROGRESS it has begun, and
/// when the socket is writable or has an error it has ended.
int begin_connect(const op_request& r) noexcept;
int end_connect(int fd) noexcept;

/// False with errno set.
bool make_nonblocking(int fd) noexcept;

} // namespace ringlet::io
