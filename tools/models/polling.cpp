// One process, sockets that never block, each tried in turn: all are served at once, and the
// processor never rests, however little there is to do.
#include "core/peer.hpp"
#include "models.hpp"

#include <list>

namespace ringlet::models {

void polling(const settings& from) {
    const service here(from, sockets::nonblocking);
    std::list<peer> peers;
    while (!here.stop().requested()) {
        while (unique_fd client = here.accept())
            peers.emplace_back(std::move(client), here);
        peers.remove_if(
            [](peer& each) { return each.advance(peer::reach::one_receive) == step::close; });
    }
}

} // namespace ringlet::models
