// Memory for the moment when there is none.
#pragma once

namespace ringlet {

/// While this lives, what is in progress gets memory from a reserve where the system has none: Asio
/// needs some to start an operation, and to destroy a coroutine whose operation could not be
/// started. It is the process's new-handler (std::set_new_handler), unless the program has one.
class memory_reserve {
  public:
    memory_reserve() noexcept;
    memory_reserve(const memory_reserve&) = delete;
    memory_reserve& operator=(const memory_reserve&) = delete;
    ~memory_reserve();

    /// Whether the reserve is there, or there is none at all; what was used of it is asked for
    /// again. Whoever takes on more work asks first. Thread-safe.
    static bool is_full() noexcept;

  private:
    bool ours_ = false;
};

} // namespace ringlet
