// Processes made beforehand, which all accept from one socket: the kernel gives each connection to
// one of them. As many clients are served at once as there are processes.
#include "core/blocking.hpp"
#include "models.hpp"

#include <cerrno>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace ringlet::models {
namespace {

constexpr unsigned processes = 16;

void serve_in_child(const service& here) {
    here.stop().become_child();
    while (const unique_fd client = here.accept())
        converse(client, here, persistence::closes); // kept ones would occupy the few processes
    ::_exit(0);
}

bool add_child(const service& here) {
    const pid_t child = ::fork();
    if (child == 0)
        serve_in_child(here);
    return child > 0;
}

} // namespace

void prefork(const settings& from) {
    const service here(from, sockets::blocking);
    const unsigned wanted = from.workers != 0 ? from.workers : processes;
    for (unsigned i = 0; i < wanted; ++i)
        if (!add_child(here) && i == 0)
            throw std::system_error(errno, std::generic_category(), "fork");
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR)
        if (!here.stop().requested())
            add_child(here); // in the place of one that has died
}

} // namespace ringlet::models
