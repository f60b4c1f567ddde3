// What the epoll backend knows of each descriptor.
#pragma once

#include "base/unique_fd.hpp"
#include "io/op_list.hpp"

#include <cstddef>
#include <vector>

namespace ringlet::io {

/// What waits for a descriptor, and what is known of it.
struct watched {
    op_list in; // accept or receive
    op_list out;
    op_list end;
    bool registered = false;
    bool readable = true; // perhaps: it is worth a try
    bool ended = false;   // by the peer, or with an error
    bool listens = false;
    bool urgent = false; // a short read need not be the last: it stops at urgent data
};

/// By descriptor, with the epoll instance that tells of them.
class watch_table {
  public:
    /// Without a descriptor, errno says why.
    watch_table();

    int epoll_fd() const noexcept { return epoll_.get(); }

    /// Makes room for `fd`. 0 or a negative errno, as of watch().
    int reserve(int fd) noexcept;

    /// There is room for it.
    watched& operator[](int fd) noexcept { return all_[static_cast<std::size_t>(fd)]; }

    bool has_room(int fd) const noexcept {
        return fd >= 0 && static_cast<std::size_t>(fd) < all_.size();
    }

    /// Forgets what was known: the number is, or will be, another socket's.
    void forget(int fd) noexcept {
        if (has_room(fd))
            (*this)[fd] = {};
    }

    /// Has epoll tell of all that happens to `fd` from now on, and what has already.
    int watch(int fd) noexcept;

    /// Has epoll tell no more of `fd`. Its close alone does that only where no other descriptor, of
    /// whatever process, stands for the same socket.
    void unwatch(int fd) noexcept;

    /// Where operations like `o` wait.
    op_list& line_for(const op& o) noexcept;

    auto begin() noexcept { return all_.begin(); }
    auto end() noexcept { return all_.end(); }

  private:
    unique_fd epoll_;
    std::vector<watched> all_;
};

} // namespace ringlet::io
