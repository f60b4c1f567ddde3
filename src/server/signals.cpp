#include "server/signals.hpp"

#include <cstdlib>
#include <poll.h>
#include <stdexcept>
#include <sys/signalfd.h>
#include <unistd.h>

namespace ringlet {
namespace {

constexpr int exit_forced = 1; // a second signal

} // namespace

awaited_signals::awaited_signals() {
    sigemptyset(&ending_ones_);
    sigaddset(&ending_ones_, SIGINT);
    sigaddset(&ending_ones_, SIGTERM);
    sigemptyset(&other_ones_);
    sigaddset(&other_ones_, SIGHUP);
    sigaddset(&other_ones_, SIGUSR2);
    sigset_t all;
    sigorset(&all, &ending_ones_, &other_ones_);
    pthread_sigmask(SIG_BLOCK, &all, &mask_before_);
    fd_.reset(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_)
        throw std::runtime_error(
            "no descriptor for signals; raise the open files limit (ulimit -n)");
    std::signal(SIGPIPE, SIG_IGN); // a reader of our log that goes away must not end us
}

awaited_signals::~awaited_signals() {
    if (ending_) {
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
    }
    if (timed_) {
        ::alarm(0);
        std::signal(SIGALRM, SIG_DFL);
    }
    const auto hang_up = std::signal(SIGHUP, SIG_IGN); // those that came too late
    const auto restart = std::signal(SIGUSR2, SIG_IGN);
    pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    std::signal(SIGHUP, hang_up);
    std::signal(SIGUSR2, restart);
}

int awaited_signals::take() {
    signalfd_siginfo info;
    if (::read(fd_.get(), &info, sizeof info) != sizeof info)
        return 0;
    return static_cast<int>(info.ssi_signo);
}

void awaited_signals::end_within(std::chrono::seconds most) {
    timed_ = true;
    std::signal(SIGALRM, [](int) {
        static constexpr char text[] = "ringlet: warning: something blocked the end; left it\n";
        pollfd log{STDERR_FILENO, POLLOUT, 0};
        if (::poll(&log, 1, 0) == 1) // perhaps it is what has blocked
            [[maybe_unused]]
            const ssize_t n = ::write(STDERR_FILENO, text, sizeof text - 1);
        std::_Exit(0);
    });
    ::alarm(static_cast<unsigned>(most.count()));
}

void awaited_signals::end_at_once_on_next() {
    ending_ = true;
    std::signal(SIGINT, [](int) { std::_Exit(exit_forced); });
    std::signal(SIGTERM, [](int) { std::_Exit(exit_forced); });
    // Before they are let through: take() would swallow one that comes while it reads.
    ::signalfd(fd_.get(), &other_ones_, 0);
    pthread_sigmask(SIG_UNBLOCK, &ending_ones_, nullptr);
}

} // namespace ringlet
