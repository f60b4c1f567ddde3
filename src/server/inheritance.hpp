// What the process that started this one has passed to it.
#pragma once

#include "base/unique_fd.hpp"

#include <vector>

namespace ringlet {

/// The first descriptor that LISTEN_FDS passes, as sd_listen_fds(3) has it.
inline constexpr int first_passed_fd = 3;

/// Names the descriptor of the pipe over which a server that takes over says that it serves.
inline constexpr const char* ready_variable = "RINGLET_READY_FD";

struct inheritance {
    std::vector<unique_fd> sockets; // none: it has to open its own
    unique_fd ready;                // open when a server waits for this one to serve

    /// Tells that server, once.
    void tell_ready();
};

/// Takes over what LISTEN_FDS and LISTEN_PID pass to this process, and removes them and what goes
/// with them from the environment: programs that are started later have no part in it. Before
/// there are threads. Throws std::runtime_error, with one line for the operator, when what is
/// passed is not there.
inheritance take_inheritance();

} // namespace ringlet
