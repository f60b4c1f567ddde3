#include "io/send_file.hpp"

namespace ringlet::io {
namespace {

constexpr std::size_t first_block_bytes = 64 * 1024;
constexpr auto keeps_up = std::chrono::milliseconds(50);

std::size_t next_size(std::size_t size, clock::duration took) noexcept {
    if (took > keeps_up)
        return first_block_bytes;
    return std::min(size * 2, block_pool::largest);
}

std::span<char> part_of(const block& b, std::uint64_t length) noexcept {
    return b.bytes().first(static_cast<std::size_t>(std::min<std::uint64_t>(b.size(), length)));
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
        const std::span<char> into = part_of(b, part.length);
        auto reading = async_read_at(ctx, part.fd, into, part.offset, token);
        const auto [read_error, got] = co_await std::move(reading);
        failed = read_error;
        if (!failed && got == 0)
            failed = asio::error::eof;
        if (failed)
            break;

        patience.arm(stalled, ctx.now());
        const clock::time_point started = ctx.now();
        auto sending = to.send({into.data(), got});
        const auto [send_error, sent] = co_await std::move(sending);
        stalled.disarm(); // a slow disk is not the client's fault
        failed = send_error;
        size = next_size(size, ctx.now() - started);
        part.offset += sent;
        part.length -= sent;
    }
    co_return failed;
}

} // namespace ringlet::io
