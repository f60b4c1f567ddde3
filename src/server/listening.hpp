// The sockets that a server accepts from: its own, or passed to it by whoever started it.
#pragma once

#include "base/unique_fd.hpp"
#include "server/listen.hpp"

#include <vector>

namespace ringlet {

struct listening_sockets {
    std::vector<unique_fd> fds;
    std::vector<socket_address> at; // each address once
};

/// One socket at each address for each worker. Throws as listen_on() does.
listening_sockets open_sockets(std::vector<socket_address> at, unsigned workers, int backlog);

/// Takes over sockets that listen already. Throws std::runtime_error, with one line for the
/// operator, when one is anything else than a listening TCP socket.
listening_sockets adopt_sockets(std::vector<unique_fd> fds);

/// Duplicates for `workers` workers, such that each socket is accepted from by one at least, and
/// each worker accepts at every address. A socket that nobody accepts from any more, but that is
/// open, would let its clients wait for ever.
std::vector<std::vector<unique_fd>> share_out(const listening_sockets& sockets, unsigned workers);

} // namespace ringlet
