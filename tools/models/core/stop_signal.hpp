// SIGINT and SIGTERM as something that can be waited for.
#pragma once

#include "base/unique_fd.hpp"

#include <chrono>
#include <sys/types.h>

namespace ringlet::models {

/// From the signal on its descriptor is readable, for good, in all threads and all processes forked
/// meanwhile; and nobody can wait in accept() on the listening socket any more. There is one, made
/// before there are threads.
class stop_signal {
  public:
    explicit stop_signal(int listener);
    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;
    ~stop_signal();

    int fd() const noexcept { return end_.get(); }
    /// Costs no system call. Of the process that was signalled, not of its children.
    bool requested() const noexcept;

    /// Blocks until `events` (poll(2)) are there on `fd`. False when there is nothing to wait for
    /// any more: the signal has come, or `patience` is over.
    bool wait(int fd, short events, std::chrono::milliseconds patience) const noexcept;
    /// Blocks for so long; false when the signal has come.
    bool pause(std::chrono::milliseconds length) const noexcept;

    /// In a process that was just forked: it ends when its parent says so, and with its parent.
    void become_child() const noexcept;

  private:
    unique_fd end_;
    pid_t parent_; // of all children
};

} // namespace ringlet::models
