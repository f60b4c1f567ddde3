// Readiness by scan: select(2) waits until any of the sockets is ready. Which those are is told by
// a set of FD_SETSIZE (1 024) bits, which is written, and read by both sides, for each turn.
#include "core/peer.hpp"
#include "models.hpp"

#include <algorithm>
#include <list>
#include <sys/select.h>

namespace ringlet::models {
namespace {

struct member {
    peer who;
    step waits;
};

struct fd_sets {
    fd_set readable, writable;
    int highest = -1;

    fd_sets() {
        FD_ZERO(&readable);
        FD_ZERO(&writable);
    }
    void add(int fd, fd_set& to) {
        FD_SET(fd, &to);
        highest = std::max(highest, fd);
    }
    bool has(int fd) const { return FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable); }
};

// Until somebody is ready, or the first deadline.
void wait_for_any(fd_sets& sets, const std::list<member>& members) {
    auto until = steady_clock::now() + std::chrono::minutes(1);
    for (const member& each : members) {
        until = std::min(until, each.who.until());
        if (each.waits == step::send)
            sets.add(each.who.fd(), sets.writable);
        else if (each.waits != step::hold)
            sets.add(each.who.fd(), sets.readable);
    }
    const int ms = milliseconds_until(until);
    timeval bound{ms / 1000, ms % 1000 * 1000};
    if (::select(sets.highest + 1, &sets.readable, &sets.writable, nullptr, &bound) < 0)
        sets = {}; // a signal: what the sets say then means nothing
}

} // namespace

void select(const settings& from) {
    const service here(from, sockets::nonblocking);
    std::list<member> members;
    while (!here.stop().requested()) {
        fd_sets sets;
        sets.add(here.listener(), sets.readable);
        sets.add(here.stop().fd(), sets.readable);
        wait_for_any(sets, members);
        const auto now = steady_clock::now();
        members.remove_if([&](member& each) {
            if (sets.has(each.who.fd()) || each.who.until() <= now)
                each.waits = each.who.advance(peer::reach::one_receive);
            return each.waits == step::close;
        });
        if (!sets.has(here.listener()))
            continue;
        while (unique_fd client = here.accept()) {
            if (client.get() >= FD_SETSIZE)
                turn_away(std::move(client)); // its bit would be outside of the set
            else
                members.push_back({peer(std::move(client), here), step::receive});
        }
    }
}

} // namespace ringlet::models
