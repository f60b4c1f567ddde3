// The life of the server's process: start the workers, wait for signals, end in good order.
#pragma once

#include "ringlet/server.hpp"
#include "server/site.hpp"

namespace ringlet {

/// Serves `what` until SIGINT or SIGTERM and gives the process's exit code. Throws, with one line
/// for the operator, when it cannot start; nothing runs then.
int serve_until_signalled(const site& what, run_options options);

} // namespace ringlet
