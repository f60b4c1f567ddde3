// Another program, started for a test: its output is collected, and it never outlives the test.
#pragma once

#include "base/unique_fd.hpp"
#include "support/sockets.hpp"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mutex>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace ringlet::testing {

/// Waits until `true_now()`, asking again and again; false when it does not come true in a long
/// time.
template <class Condition>
bool eventually(Condition true_now, std::chrono::seconds bound = std::chrono::seconds(20)) {
    const auto until = std::chrono::steady_clock::now() + bound;
    while (!true_now()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        ::poll(nullptr, 0, 2);
    }
    return true;
}

/// What comes out of a pipe, read by a thread of its own so that its writer never waits.
class collected_output {
  public:
    explicit collected_output(unique_fd from)
        : from_(std::move(from)), thread_([this] { collect(); }) {}

    std::string text() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

    /// Waits until `enough(text)` or the end of the output; returns what there is.
    template <class Enough>
    std::string wait_until(Enough enough, std::chrono::seconds bound = std::chrono::seconds(30)) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, bound, [&] { return ended_ || enough(text_); });
        return text_;
    }
    std::string wait_for_end() {
        return wait_until([](const std::string&) { return false; });
    }

  private:
    void collect() {
        char part[16 * 1024];
        for (;;) {
            const ssize_t n = ::read(from_.get(), part, sizeof part);
            if (n < 0 && errno == EINTR)
                continue;
            const std::lock_guard lock(mutex_);
            ended_ = n <= 0;
            if (!ended_)
                text_.append(part, static_cast<std::size_t>(n));
            changed_.notify_all();
            if (ended_)
                return;
        }
    }

    unique_fd from_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
    bool ended_ = false;
    std::jthread thread_;
};

class child_process {
  public:
    /// `before_exec` runs in the child and may only make system calls.
    explicit child_process(std::vector<std::string> command,
                           std::function<void()> before_exec = {}) {
        std::vector<char*> argv;
        for (std::string& word : command)
            argv.push_back(word.data());
        argv.push_back(nullptr);
        auto [out_read, out_write] = make_pipe();
        auto [err_read, err_write] = make_pipe();
        pid_ = checked(::fork(), "fork");
        if (pid_ == 0)
            become(argv, out_write.get(), err_write.get(), before_exec);
        pidfd_.reset(checked(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)), "pidfd_open"));
        out_write.reset();
        err_write.reset();
        out_.emplace(std::move(out_read));
        err_.emplace(std::move(err_read));
    }
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;
    ~child_process() {
        if (!status_) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    pid_t pid() const noexcept { return pid_; }
    collected_output& out() noexcept { return *out_; }
    collected_output& err() noexcept { return *err_; }

    void signal(int number) const {
        if (!status_)
            ::kill(pid_, number);
    }

    /// The wait status; nothing when it still runs at the end of `bound`.
    std::optional<int> wait(std::chrono::milliseconds bound = std::chrono::seconds(30)) {
        pollfd ended{pidfd_.get(), POLLIN, 0};
        if (!status_ && ::poll(&ended, 1, static_cast<int>(bound.count())) == 1) {
            int status = 0;
            checked(::waitpid(pid_, &status, 0), "waitpid");
            status_ = status;
        }
        return status_;
    }

    /// The exit code; -1 when it still runs, 1000 plus the signal when it was killed by one.
    int exit_code(std::chrono::milliseconds bound = std::chrono::seconds(30)) {
        const auto status = wait(bound);
        if (!status)
            return -1;
        return WIFEXITED(*status) ? WEXITSTATUS(*status) : 1000 + WTERMSIG(*status);
    }

  private:
    static std::pair<unique_fd, unique_fd> make_pipe() {
        int fds[2];
        checked(::pipe2(fds, O_CLOEXEC), "pipe2");
        return {unique_fd(fds[0]), unique_fd(fds[1])};
    }

    [[noreturn]] static void become(const std::vector<char*>& argv, int out, int err,
                                    const std::function<void()>& before_exec) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // also when the test itself crashes
        const int none = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::dup2(none, STDIN_FILENO);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(err, STDERR_FILENO);
        if (before_exec)
            before_exec();
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }

    pid_t pid_ = -1;
    unique_fd pidfd_;
    std::optional<int> status_;
    std::optional<collected_output> out_, err_;
};

/// For before_exec: what container seccomp profiles do to io_uring.
inline void forbid_io_uring() {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program{sizeof code / sizeof code[0], code};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

/// For before_exec: few descriptors.
inline void limit_open_files(rlim_t most) {
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// For before_exec: an ordinary user, if the test runs as root.
inline void become_nobody() {
    constexpr unsigned nobody = 65534;
    if (::geteuid() != 0)
        return;
    if (::setgid(nobody) != 0 || ::setuid(nobody) != 0)
        ::_exit(126);
}

} // namespace ringlet::testing
