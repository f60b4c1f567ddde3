// Files as operations of the ring, so that a cold disk never blocks the loop.
#pragma once

#include "base/unique_fd.hpp"
#include "io/async_op.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <span>

namespace ringlet::io {

struct opened_extra {
    void attach(op_request&) noexcept {}
    void drop(int result) noexcept { unique_fd(result).reset(); }
};

/// Opens `path` (which must live until completion, as `how` must) relative to the folder `dir`.
/// Completes with (error_code, std::size_t): the descriptor, which the caller then owns.
template <class Token>
auto async_open(context& ctx, int dir, const char* path, open_how& how, Token&& token) {
    return async_op(
        ctx,
        op_request{
            .code = opcode::open, .fd = dir, .data = const_cast<char*>(path), .parameter = &how},
        std::forward<Token>(token), opened_extra{});
}

/// Metadata of the open file `fd`.
template <class Token>
auto async_stat(context& ctx, int fd, struct statx& out, Token&& token) {
    static constexpr char itself[] = "";
    return async_op(ctx,
                    op_request{.code = opcode::stat,
                               .fd = fd,
                               .size = AT_EMPTY_PATH,
                               .data = const_cast<char*>(itself),
                               .parameter = &out},
                    std::forward<Token>(token));
}

/// Reads up to `into.size()` bytes at `offset`; zero bytes mean the end of the file.
template <class Token>
auto async_read_at(context& ctx, int fd, std::span<char> into, std::uint64_t offset,
                   Token&& token) {
    return async_op(ctx,
                    op_request{.code = opcode::read,
                               .fd = fd,
                               .size = static_cast<std::uint32_t>(into.size()),
                               .data = into.data(),
                               .offset = offset},
                    std::forward<Token>(token));
}

/// Writes up to `from.size()` bytes at `offset`; completes with how many it were.
template <class Token>
auto async_write_at(context& ctx, int fd, std::span<const char> from, std::uint64_t offset,
                    Token&& token) {
    return async_op(ctx,
                    op_request{.code = opcode::write,
                               .fd = fd,
                               .size = static_cast<std::uint32_t>(from.size()),
                               .data = const_cast<char*>(from.data()),
                               .offset = offset},
                    std::forward<Token>(token));
}

} // namespace ringlet::io
