// A process per connection. The parent accepts; each child has a copy of all memory (written to,
// pages are copied) and one client. What one does wrong harms nobody else.
#include "core/blocking.hpp"
#include "models.hpp"

#include <cerrno>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace ringlet::models {
namespace {

// A child that has ended stays in the process table until its parent asks for its exit code.
void reap_children(int) {
    const int error = errno;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    errno = error;
}

void reap_from_now_on() {
    struct sigaction action {};
    action.sa_handler = reap_children;
    action.sa_flags = SA_NOCLDSTOP;
    ::sigaction(SIGCHLD, &action, nullptr);
}

[[noreturn]] void serve_in_child(service& here, const unique_fd& client) {
    here.stop().become_child();
    here.stop_listening();
    converse(client, here, persistence::keeps_alive);
    ::_exit(0);
}

} // namespace

void fork(const settings& from) {
    service here(from, sockets::blocking);
    reap_from_now_on();
    while (unique_fd client = here.accept()) {
        const pid_t child = ::fork();
        if (child == 0)
            serve_in_child(here, client);
        if (child < 0)
            turn_away(std::move(client)); // the system has no room for more processes
    }
    ::signal(SIGCHLD, SIG_DFL);
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) { // they have seen the signal, too
    }
}

} // namespace ringlet::models
