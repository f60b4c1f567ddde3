// Sends that the ring cannot wait with.
#pragma once

#include "base/unique_fd.hpp"
#include "io/op.hpp"
#include "io/socket_call.hpp"
#include "io/task.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringlet::io {

/// Sends from files, which the ring leaves to threads altogether, and sends to peers that have
/// ended their half. The ring's poll reports that end at once, and again, however full the socket
/// is: after 128 tries the kernel leaves the send to one of its few threads, which blocks.
/// limit_blocking_send() has it give up soon; from then on the descriptor's sends are plain calls,
/// and an epoll instance tells when they are worth it: that one can be asked for writability alone.
///
/// TRICKY: what comes back from such a thread may have been submitted for a socket that is closed
/// by now, and its number another one's. So each send carries the era of its descriptor's number,
/// which ends with a close and a cancel. At most one send at a time waits for a descriptor.
class direct_sends {
  public:
    direct_sends();

    /// Readable when retry() is worth it.
    int epoll_fd() const noexcept { return epoll_.get(); }

    bool any_waits() const noexcept { return waiting_ != 0; }

    /// For every send that is submitted: whether it is to be sent directly.
    bool takes(op& o) const noexcept {
        o.request.era = era_of(o.request.fd);
        if (is_in_file(o.request)) {
            assert(waiting_for(o.request.fd) == nullptr && "one send at a time");
            return true;
        }
        const auto fd = static_cast<std::size_t>(o.request.fd);
        return fd < all_.size() && all_[fd].watched && all_[fd].waits == nullptr;
    }

    /// Takes over what the ring has given up after `sent` bytes. False if it was called off, or
    /// cannot be gone on with.
    bool take_over(op& o, int sent) const noexcept;

    /// Until the descriptor is writable. False if it cannot be waited for.
    bool wait(op& o) noexcept;
    bool waits(const op& o) const noexcept { return waiting_for(o.request.fd) == &o; }

    /// Waits no longer. True if its descriptor was to be closed then.
    bool release(op& o) noexcept;

    /// What waits for `fd`, if anything.
    op* waiting_for(int fd) const noexcept {
        return has_room(fd) ? all_[static_cast<std::size_t>(fd)].waits : nullptr;
    }

    /// What is with the ring is not taken over any more.
    void call_off(op& o) noexcept { o.request.era = no_era; }
    void call_off(int fd) noexcept;
    void call_off_all() noexcept { ++first_era_; }

    /// False if something waits for `fd`: it is to be closed when that is released.
    bool may_close(int fd) noexcept;

    /// Calls `visit` with operations whose descriptor has become writable, or failed.
    template <class Visitor>
    void for_each_writable(Visitor&& visit) {
        int fds[events_most];
        for (int i = 0, n = take_events(fds); i < n; ++i)
            if (op* o = waiting_for(fds[i]))
                visit(*o);
    }

    template <class Visitor>
    void for_each_waiting(Visitor&& visit) {
        for (std::size_t i = 0; i < all_.size() && waiting_ != 0; ++i)
            if (all_[i].waits != nullptr)
                visit(*all_[i].waits);
    }

  private:
    static constexpr int events_most = 64; // the others are told of when asked again
    static constexpr std::uint32_t no_era = 0;

    struct descriptor {
        op* waits = nullptr;
        std::uint32_t era = 0;
        bool watched = false; // there was something to wait for already
        bool closes = false;  // when nothing waits any more
    };

    bool has_room(int fd) const noexcept {
        return fd >= 0 && static_cast<std::size_t>(fd) < all_.size();
    }
    descriptor& at(int fd) noexcept { return all_[static_cast<std::size_t>(fd)]; }
    std::uint32_t era_of(int fd) const noexcept {
        return first_era_ + (has_room(fd) ? all_[static_cast<std::size_t>(fd)].era : 0);
    }
    bool reserve(int fd) noexcept;
    bool watch(int fd) noexcept;
    int take_events(int (&fds)[events_most]) noexcept;

    unique_fd epoll_;
    std::vector<descriptor> all_;
    std::uint32_t first_era_ = no_era + 1;
    std::size_t waiting_ = 0;
};

} // namespace ringlet::io
