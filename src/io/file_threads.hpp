// Threads that carry out file operations, so that a cold disk does not block the loop.
#pragma once

#include "io/offload_pool.hpp"
#include "io/op.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace ringlet::io {

/// The threads of one backend, on whose thread all members are called. They start when they are
/// needed first.
class file_threads {
  public:
    /// `wake` is called from any thread when there is something to collect(), and must not throw.
    explicit file_threads(std::function<void()> wake);
    file_threads(const file_threads&) = delete;
    file_threads& operator=(const file_threads&) = delete;
    ~file_threads();

    /// Has `o` carried out. False when there is no memory or no thread for it.
    bool start(op& o) noexcept;

    /// Gives back an operation that is done, with its result set; nullptr when there is none.
    op* collect() noexcept;

    /// Takes `o` back. False when it has begun, or is not here.
    bool cancel(const op& o) noexcept;

    /// Takes one back that has not begun yet; nullptr when there is none.
    op* cancel_one() noexcept;

  private:
    struct job;
    static void run(offload_job& queued);

    const std::function<void()> wake_;
    std::unordered_map<const op*, std::unique_ptr<job>> jobs_;
    std::mutex mutex_;
    task_list done_;                   // under the mutex
    std::optional<offload_pool> pool_; // ends first, and waits for what runs
};

} // namespace ringlet::io
