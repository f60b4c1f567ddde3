#include "io/send_file.hpp"

#include <algorithm>
#include <cerrno>

namespace ringlet::io {
namespace {

constexpr std::size_t first_block_bytes = 64 * 1024;

std::span<char> part_of(const block& b, std::uint64_t length) noexcept {
    return b.bytes().first(static_cast<std::size_t>(std::min<std::uint64_t>(b.size(), length)));
}

// Of what has been read, before it is sent. Sent, it would make the part look complete.
error_code check(const file_part& part, std::size_t got) noexcept {
    if (!is_still(part.made_from, part.fd))
        return {ESTALE, boost::system::system_category()};
    return got == 0 ? error_code(asio::error::eof) : error_code();
}

} // namespace

asio::awaitable<error_code> send_file(socket& to, file_part& part, deadline& stalled,
                                      deadline_queue& patience) {
    context& ctx = to.get_executor().owner();
    const auto token = asio::as_tuple(asio::deferred);
    std::size_t size = first_block_bytes;
    error_code failed;
    while (part.length != 0 && !failed) {
        const block b =
            ctx.blocks().take(static_cast<std::size_t>(std::min<std::uint64_t>(size, part.length)));
        if (!b) {
            failed = asio::error::no_memory;
            break;
        }
        const std::span<char> into = part_of(b, part.length);
        auto reading = async_read_at(ctx, part.fd, into, part.offset, token);
        const auto [read_error, got] = co_await std::move(reading);
        failed = read_error ? read_error : check(part, got);
        if (failed)
            break;

        patience.arm(stalled, ctx.now());
        const clock::time_point started = ctx.now();
        auto sending = to.send({into.data(), got});
        const auto [send_error, sent] = co_await std::move(sending);
        stalled.disarm(); // a slow disk is not the client's fault
        failed = send_error;
        size = to.peer_took(sent, ctx.now() - started) ? std::min(size * 2, block_pool::largest)
                                                       : first_block_bytes;
        part.offset += sent;
        part.length -= sent;
    }
    co_return failed;
}

} // namespace ringlet::io
