// The signals that the server's process lives by.
#pragma once

#include "base/unique_fd.hpp"

#include <chrono>
#include <csignal>

namespace ringlet {

/// SIGHUP, SIGUSR2, SIGINT and SIGTERM: something to wait for. After end_at_once_on_next() another
/// SIGINT or SIGTERM ends the process at once.
class awaited_signals {
  public:
    /// Blocks them for this thread and those it starts.
    awaited_signals();
    awaited_signals(const awaited_signals&) = delete;
    awaited_signals& operator=(const awaited_signals&) = delete;
    ~awaited_signals();

    int fd() const noexcept { return fd_.get(); }

    /// Takes a signal; 0 if none has come.
    int take();

    /// From now on SIGINT and SIGTERM end the process.
    void end_at_once_on_next();

    /// So does the end of `most`: whatever may block (a handler, offloaded work, the disk of the
    /// log) cannot keep it.
    void end_within(std::chrono::seconds most);

    /// What was blocked before, for a program that is started.
    const sigset_t& mask_before() const noexcept { return mask_before_; }

  private:
    sigset_t ending_ones_; // SIGINT and SIGTERM
    sigset_t other_ones_;
    sigset_t mask_before_;
    unique_fd fd_;
    bool ending_ = false;
    bool timed_ = false;
};

} // namespace ringlet
