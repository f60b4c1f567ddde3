// The connections of a loop that does not look at each of them in each turn: found by descriptor
// when something happens, and by time when nothing does.
#pragma once

#include "peer.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

namespace ringlet::models {

struct member {
    peer who;
    std::uint32_t events; // that are watched for
    steady_clock::time_point alarm = steady_clock::time_point::max();
};

class peer_table {
  public:
    /// Good until removed.
    member& add(unique_fd client, const service& from, std::uint32_t events);
    /// Null when there is none: what epoll_wait() gave may be older than the last removal.
    member* find(int fd) noexcept;
    void remove(int fd) noexcept;

    /// Has ring_due() find the member when its time comes, unless it will anyway.
    void remind(member& m);
    /// For epoll_wait(2).
    int milliseconds_to_next() const noexcept;

    /// Calls `advance(fd)` for those whose time had come at `now`, which is before this turn: who
    /// has had his share in it is not called again. The alarm of one that has waited for something
    /// else meanwhile is set anew: so each request need not set one.
    template <class Advance>
    void ring_due(steady_clock::time_point now, Advance advance) {
        while (!alarms_.empty() && alarms_.top().first <= now) {
            const auto [when, fd] = alarms_.top();
            alarms_.pop();
            member* m = find(fd);
            if (m == nullptr || m->alarm != when)
                continue; // that of an earlier owner of the number
            m->alarm = steady_clock::time_point::max();
            if (m->who.until() <= now)
                advance(fd);
            else
                remind(*m);
        }
    }

  private:
    using alarm = std::pair<steady_clock::time_point, int>;

    std::vector<std::unique_ptr<member>> members_; // by descriptor
    std::priority_queue<alarm, std::vector<alarm>, std::greater<>> alarms_;
};

} // namespace ringlet::models
