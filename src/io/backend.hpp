// What carries operations out. The context owns one; everything above it is the same for all of
// them.
#pragma once

#include "io/op.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/socket.h>

namespace ringlet::io {

using clock = std::chrono::steady_clock;

class context;

/// Of the buffers that are filled when bytes arrive.
struct buffer_options {
    unsigned count = 256;  // a power of two, at most 32 768
    unsigned bytes = 4096; // of each
};

/// What a socket has yet to do.
struct socket_backlog {
    std::size_t unacknowledged = 0; // bytes sent that the peer's system has not confirmed
    std::size_t unread = 0;         // bytes that have come and were not received
};

/// How many of them one armed receive fills before it ends. The kernel's ring fills up to 32 in one
/// go, and was seen to fill 98 before a cancel reached it. Less would arm more often.
inline constexpr unsigned multishot_buffers = 4;

/// No backend waits longer at a time: the kernel adds it to its clock, unchecked.
inline constexpr auto wait_most = std::chrono::hours(24);

/// All members but wake() are called on the context's thread.
class backend {
  public:
    virtual ~backend() = default;

    virtual std::string_view name() const noexcept = 0;

    /// Called once, by the context that owns the backend from then on.
    virtual void attach(context&) noexcept {}

    /// The time that everything above goes by.
    virtual clock::time_point now() const noexcept { return clock::now(); }

    /// Starts `o`, at the latest with the next wait(), or when the long sends before it have had
    /// their turn. Cannot fail: errors arrive as the operation's result.
    virtual void submit(op& o) = 0;

    /// Asks for an early end of `o`. Its own completion still comes, with -ECANCELED or with what
    /// it had done by then.
    virtual void cancel(op& o) = 0;

    /// The same for every operation on the descriptor `fd`.
    virtual void cancel_descriptor(int fd) = 0;

    /// Closes `fd` after everything submitted before, without anybody waiting for it.
    virtual void close(int fd) = 0;

    /// Says on the socket `fd`, at once, that nothing more will be sent.
    virtual void shutdown_send(int fd) noexcept { ::shutdown(fd, SHUT_WR); }

    /// Has the close of the socket `fd` reset the connection, or not.
    virtual void reset_on_close(int fd, bool reset) noexcept {
        const linger at_once{.l_onoff = reset, .l_linger = 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }

    /// The peer of the socket `fd` keeps up: may it take as much at a time as the system likes.
    virtual void lift_unsent_limit(int fd) noexcept;

    /// Whether there is opcode::wait_readable, which the last wait() has told of all that happened
    /// before what it brought else; but for what was received as soon as it was asked for.
    virtual bool has_wait_readable() const noexcept { return false; }
    virtual bool received_at_once() const noexcept { return false; }

    virtual socket_backlog backlog(int fd) noexcept;

    /// Bytes that the peer's system has confirmed since the connection began; 0 where that is not
    /// known.
    virtual std::uint64_t acknowledged(int fd) noexcept;

    /// Carries out what was submitted, waits up to `timeout` for a completion (nullopt: as long as
    /// it takes; zero: not at all) and appends the operations that completed to `ready`. Returns
    /// false when it gave up: nothing was there to wait for. The kernel never does.
    virtual bool wait(std::optional<clock::duration> timeout, task_list& ready) = 0;

    /// Ends a wait() that is under way, or the next one. From any thread.
    virtual void wake() noexcept = 0;

    /// Operations whose last completion has not come.
    virtual std::size_t in_flight() const noexcept = 0;

    /// Asks for an early end of everything.
    virtual void cancel_all() = 0;

    // --- provided buffers: the kernel picks one when bytes arrive ---

    virtual unsigned buffer_count() const noexcept = 0;
    virtual const char* buffer(std::uint16_t number) const noexcept = 0;
    virtual void give_back(std::uint16_t number) noexcept = 0;
};

} // namespace ringlet::io
