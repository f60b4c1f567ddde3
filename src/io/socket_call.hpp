// Socket operations as system calls that do not wait, for backends without a ring.
#pragma once

#include "io/op.hpp"

namespace ringlet::io {

constexpr bool is_send(opcode code) noexcept {
    return code == opcode::send || code == opcode::send_message;
}

/// Whether the last part of a message is to be sent from a file: see socket::start_send().
constexpr bool is_in_file(const op_request& r) noexcept {
    return r.code == opcode::send_message && r.parameter != nullptr;
}

/// Sends what is left behind `r.offset`, and counts there. Gives the operation's result, or
/// -EAGAIN: it is not done, and worth another try when the socket is writable or has an error.
int send_rest(op_request& r) noexcept;

/// Has a send on the socket `fd`, and on those that it accepts, block for a few milliseconds at
/// most where it would wait for room: see direct_sends. The ring waits elsewhere, all the same.
void limit_blocking_send(int fd) noexcept;

/// Has the socket `fd`, and those that it accepts, take no more than it may send soon, and some: a
/// peer that reads slowly costs little memory and time. For one that keeps up that means more
/// waiting, so it is for it to be lifted.
void limit_unsent(int fd) noexcept;
void lift_unsent_limit(int fd) noexcept;

/// Needs a non-blocking socket. Gives 0 or a negative errno: with -EINPROGRESS it has begun, and
/// when the socket is writable or has an error it has ended.
int begin_connect(const op_request& r) noexcept;
int end_connect(int fd) noexcept;

/// False with errno set.
bool make_nonblocking(int fd) noexcept;

} // namespace ringlet::io
