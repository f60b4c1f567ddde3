// Whether a descriptor may have something to read, for less than a system call.
#pragma once

#include "io/context.hpp"

#include <cstdint>

namespace ringlet::io {

/// Counts how often there may be something new on a descriptor. For one thread.
class readable_watch {
  public:
    explicit readable_watch(context& ctx) noexcept : ctx_(ctx) {}
    readable_watch(const readable_watch&) = delete;
    readable_watch& operator=(const readable_watch&) = delete;
    ~readable_watch() { abandon(); }

    /// A number that is another one than last time when there may be something on `fd` that was not
    /// there then; the caller is to read all of it, at once. What was there before the context
    /// received something is counted before that is handed on. The same all through a turn of the
    /// loop. `use` says which use of the number `fd` it is.
    std::uint64_t count(int fd, std::uint64_t use);

  private:
    class wait;
    void abandon() noexcept;

    context& ctx_;
    wait* armed_ = nullptr;
    std::uint64_t use_ = 0;  // that is waited for
    std::uint64_t turn_ = 0; // when it was counted last
    std::uint64_t count_ = 0;
};

} // namespace ringlet::io
