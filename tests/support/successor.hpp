// A server that another one has started to take over from it.
#pragma once

#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/server_process.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace ringlet::testing {

/// Becomes a child of the test when the server that started it has ended, and does not outlive
/// this.
class successor {
  public:
    explicit successor(pid_t pid)
        : pid_(pid),
          pidfd_(checked(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)), "pidfd_open")) {}
    successor(successor&&) = default;
    successor& operator=(successor&&) = delete;
    ~successor() {
        if (!pidfd_)
            return;
        signal(SIGKILL);
        if (has_ended())
            ::waitpid(pid_, nullptr, WNOHANG);
    }

    pid_t pid() const noexcept { return pid_; }
    void signal(int number) const { ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, 0, 0); }

    bool has_ended(std::chrono::milliseconds bound = std::chrono::seconds(30)) const {
        pollfd ended{pidfd_.get(), POLLIN, 0};
        return ::poll(&ended, 1, static_cast<int>(bound.count())) == 1;
    }

    /// Waits for the end. The server that started it has ended already.
    void expect_exit(int code) {
        REQUIRE(has_ended());
        int status = 0;
        checked(::waitpid(pid_, &status, 0), "waitpid");
        pidfd_.reset();
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == code);
    }

  private:
    pid_t pid_;
    unique_fd pidfd_;
};

/// The last number that stands before `text` in `printed`, or 0.
inline pid_t pid_before(const std::string& printed, std::string_view text) {
    const std::size_t end = printed.rfind(text);
    if (end == printed.npos || end == 0)
        return 0;
    const std::size_t begin = printed.find_last_not_of("0123456789", end - 1) + 1;
    return begin == end ? 0 : std::stoi(printed.substr(begin, end - begin));
}

inline std::size_t count_of(const std::string& in, std::string_view what) {
    std::size_t count = 0;
    for (std::size_t at = in.find(what); at != in.npos; at = in.find(what, at + what.size()))
        ++count;
    return count;
}

/// A server process, and those that take over from it, one after the other. They all print to where
/// the first one does.
class restarting_server {
  public:
    explicit restarting_server(std::vector<std::string> command,
                               std::function<void()> before_exec = {})
        : first_((::prctl(PR_SET_CHILD_SUBREAPER, 1), std::move(command)), std::move(before_exec)) {
    }

    ~restarting_server() noexcept(false) {
        if (std::uncaught_exceptions() == 0 && last_)
            end();
    }

    std::uint16_t port() const noexcept { return first_.port(); }
    server_process& first() noexcept { return first_; }
    pid_t pid() const noexcept { return last_ ? last_->pid() : first_.pid(); }
    void signal(int number) const { last_ ? last_->signal(number) : first_.signal(number); }

    /// Waits until the log has `text` `times` times.
    std::string expect_printed(std::string_view text, std::size_t times = 1) {
        const std::string printed = first_.err().wait_until(
            [&](const std::string& all) { return count_of(all, text) >= times; });
        INFO("the server has printed: " << printed);
        REQUIRE(count_of(printed, text) >= times);
        return printed;
    }

    /// Has a new process take over, and waits for the good end of the old one.
    void restart() {
        signal(SIGUSR2);
        const std::string printed = expect_printed(" has taken over\n", ++restarts_);
        successor next(pid_before(printed, " has taken over\n"));
        expect_end_of_last(0);
        last_.emplace(std::move(next));
    }

    /// Ends the one that serves now.
    void end() {
        signal(SIGTERM);
        expect_end_of_last(0);
        last_.reset();
    }

  private:
    void expect_end_of_last(int code) {
        if (last_)
            last_->expect_exit(code);
        else
            first_.expect_end(code);
    }

    server_process first_;
    std::optional<successor> last_; // nothing: the first one
    std::size_t restarts_ = 0;
};

} // namespace ringlet::testing
