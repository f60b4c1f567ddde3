// A connection that never waits: what can be done at once is done, and somebody else does the
// waiting, for many of them together.
#pragma once

#include "conversation.hpp"
#include "service.hpp"

#include <chrono>
#include <cstdint>

namespace ringlet::models {

using steady_clock = std::chrono::steady_clock;

class peer {
  public:
    /// Behind an answer the next request may be there already. Who is told of a state (poll(2),
    /// level-triggered epoll) need not ask, for he will be told again; who is told of its beginning
    /// (edge-triggered) must ask until nothing is left, for he will not.
    enum class reach : std::uint8_t { one_receive, until_it_would_block };

    /// `from` outlives it.
    peer(unique_fd client, const service& from);

    int fd() const noexcept { return client_.get(); }

    /// Does what can be done now, but no more than is fair to others, and returns what it waits for
    /// then: receive and discard, for something to read; send, for room; hold, for until(). Or
    /// close, at the end.
    step advance(reach how_far);

    /// When advance() is to be called although nothing has happened: to go on after hold or when
    /// the others have had their turn, or to give the client up.
    steady_clock::time_point until() const noexcept { return until_; }

  private:
    bool try_one(step what);
    bool hold_is_over();
    step wait_for(step what);
    step go_on_later(step what);

    unique_fd client_;
    const service* from_;
    conversation talk_;
    steady_clock::time_point until_;
    step waiting_for_ = step::receive; // close: for nothing
};

/// From now until then, for poll(2) and epoll_wait(2): rounded up, and at most a minute.
int milliseconds_until(steady_clock::time_point then) noexcept;

} // namespace ringlet::models
