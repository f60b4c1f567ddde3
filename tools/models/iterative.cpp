// One process that serves in turn: accept, serve, close, next. Whoever comes second waits until the
// first is served, and for as long as the first cares to take.
#include "core/blocking.hpp"
#include "models.hpp"

namespace ringlet::models {

void iterative(const settings& from) {
    const service here(from, sockets::blocking);
    while (const unique_fd client = here.accept())
        converse(client, here, persistence::closes); // one that stayed would keep all others out
}

} // namespace ringlet::models
