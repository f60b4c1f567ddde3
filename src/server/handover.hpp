// Starting the program anew and handing the listening sockets to it, so that no connection is
// refused meanwhile.
#pragma once

#include "base/unique_fd.hpp"

#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ringlet {

///            begin()
///     idle ──────────▶ waiting ──▶ served: the other one serves, and lives on without this
///      ▲                  │
///      └──────────────────┘
///        failed: it has ended, or has said nothing in time and is no more
class handover {
  public:
    /// Takes note of how this program was started; what is at its path may be another one later.
    handover();
    handover(const handover&) = delete;
    handover& operator=(const handover&) = delete;

    /// A successor that does not serve yet is ended.
    ~handover() { give_up(); }

    /// Starts the program with the same arguments, in the same folder, with `sockets` in LISTEN_FDS
    /// and `mask` as its signal mask. It has `most` to say that it serves. Throws
    /// std::runtime_error, with one line for the operator, when that is impossible.
    void begin(const std::vector<unique_fd>& sockets, const sigset_t& mask,
               std::chrono::seconds most);

    bool under_way() const noexcept { return static_cast<bool>(ready_); }

    /// While it is under way: readable when there is news, and the time after which there will be
    /// none.
    int fd() const noexcept { return ready_.get(); }
    std::chrono::milliseconds time_left() const;

    /// What has become of it by now. `failed` comes once, and problem() says why.
    enum class state { waiting, served, failed };
    state look();
    const std::string& problem() const noexcept { return problem_; }

    pid_t successor() const noexcept { return pid_; }

    /// Ends a successor that does not serve yet.
    void give_up() noexcept;

  private:
    int end_successor(std::chrono::milliseconds patience) noexcept;

    std::string program_;
    std::vector<std::string> arguments_;
    unique_fd ready_;
    pid_t pid_ = 0;
    std::chrono::steady_clock::time_point until_{};
    std::string problem_;
};

} // namespace ringlet
