// Readiness by scan, without select's bound: poll(2) takes a list of any length. But all of it goes
// to the kernel and back in each turn, and is looked through by both, whoever is ready.
#include "core/peer.hpp"
#include "models.hpp"

#include <algorithm>
#include <poll.h>
#include <vector>

namespace ringlet::models {
namespace {

short events_for(step waits) {
    return waits == step::hold ? short{0} : waits == step::send ? short{POLLOUT} : short{POLLIN};
}

int milliseconds_to_first_deadline(const std::vector<peer>& peers) {
    auto until = steady_clock::now() + std::chrono::minutes(1);
    for (const peer& each : peers)
        until = std::min(until, each.until());
    return milliseconds_until(until);
}

} // namespace

void poll(const settings& from) {
    const service here(from, sockets::nonblocking);
    std::vector<peer> peers;
    std::vector<pollfd>
        watched; // of each peer, in the same order; then the listener and the signal
    const pollfd others[] = {{here.listener(), POLLIN, 0}, {here.stop().fd(), POLLIN, 0}};
    while (!here.stop().requested()) {
        watched.insert(watched.end(), std::begin(others), std::end(others));
        ::poll(watched.data(), watched.size(), milliseconds_to_first_deadline(peers));
        const bool accepting = watched[peers.size()].revents != 0;
        watched.resize(peers.size());
        const auto now = steady_clock::now();
        for (std::size_t i = peers.size(); i-- > 0;) {
            if (watched[i].revents == 0 && peers[i].until() > now)
                continue;
            const step waits = (watched[i].revents & (POLLERR | POLLHUP)) != 0
                                   ? step::close // it has gone, and poll() would say so for ever
                                   : peers[i].advance(peer::reach::one_receive);
            watched[i].events = events_for(waits);
            if (waits != step::close)
                continue;
            std::swap(peers[i], peers.back());
            std::swap(watched[i], watched.back());
            peers.pop_back();
            watched.pop_back();
        }
        while (accepting) {
            unique_fd client = here.accept();
            if (!client)
                break;
            watched.push_back({client.get(), POLLIN, 0});
            peers.emplace_back(std::move(client), here);
        }
    }
}

} // namespace ringlet::models
