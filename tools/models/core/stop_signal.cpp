#include "stop_signal.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace ringlet::models {
namespace {

// A handler has no arguments of its own. Atomics without locks are all that it may touch.
std::atomic<int> listening{-1};
std::atomic<int> pipe_in{-1};
std::atomic<bool> came{false};
static_assert(std::atomic<int>::is_always_lock_free);

// shutdown() ends every accept() on that socket, in children as well, whether it has begun or not:
// there is no moment in which the signal could be missed.
void on_signal(int) {
    const int error = errno;
    came.store(true);
    [[maybe_unused]] const ssize_t n = ::write(pipe_in.load(), "", 1);
    ::shutdown(listening.load(), SHUT_RD);
    errno = error;
}

// Without SA_RESTART, so that nothing goes on waiting.
void handle(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
}

} // namespace

stop_signal::stop_signal(int listener) : parent_(::getpid()) {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
    end_.reset(fds[0]);
    pipe_in = fds[1];
    listening = listener;
    for (const int number : {SIGINT, SIGTERM})
        handle(number, on_signal);
}

stop_signal::~stop_signal() {
    for (const int number : {SIGINT, SIGTERM})
        handle(number, SIG_DFL);
    ::close(pipe_in.exchange(-1));
}

bool stop_signal::requested() const noexcept {
    return came.load(std::memory_order_relaxed);
}

bool stop_signal::wait(int fd, short events, std::chrono::milliseconds patience) const noexcept {
    pollfd both[] = {{fd, events, 0}, {end_.get(), POLLIN, 0}};
    int ready = 0;
    do
        ready = ::poll(both, 2, static_cast<int>(patience.count()));
    while (ready < 0 && errno == EINTR);
    return ready > 0 && both[1].revents == 0;
}

bool stop_signal::pause(std::chrono::milliseconds length) const noexcept {
    wait(-1, 0, length); // poll() takes no notice of such a descriptor
    pollfd end{end_.get(), POLLIN, 0};
    return ::poll(&end, 1, 0) == 0;
}

void stop_signal::become_child() const noexcept {
    for (const int number : {SIGINT, SIGTERM})
        handle(number, SIG_IGN);        // a terminal's Ctrl-C goes to all of them
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the parent may be killed,
    if (::getppid() != parent_)         // or have been, between fork() and this line
        ::_exit(0);
}

} // namespace ringlet::models
