// Connecting as an operation of the ring.
#pragma once

#include "io/async_op.hpp"

#include <cassert>
#include <cstring>
#include <sys/socket.h>

namespace ringlet::io {

/// Where to connect to: lives in the operation, so that the caller need not keep it.
struct address_extra {
    sockaddr_storage address;
    void attach(op_request& r) noexcept { r.data = &address; }
    void drop(int) noexcept {}
};

/// Connects the socket `fd` to `address`, which is copied. Completes with (error_code,
/// std::size_t): zero. After an error, or when cancelled, the socket is of no further use.
template <class Token>
auto async_connect(context& ctx, int fd, const sockaddr* address, socklen_t length, Token&& token) {
    address_extra to{};
    assert(length <= sizeof to.address);
    std::memcpy(&to.address, address, length);
    return async_op(ctx, op_request{.code = opcode::connect, .fd = fd, .size = length},
                    std::forward<Token>(token), to);
}

} // namespace ringlet::io
