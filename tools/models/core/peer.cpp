#include "peer.hpp"

#include "attempts.hpp"
#include "limits.hpp"

#include <algorithm>
#include <sys/socket.h>

namespace ringlet::models {
namespace {

// Receives and sends: a client that takes as fast as it is given would never let go, and the others
// would wait until it has all. It is about a MiB.
constexpr int most_in_a_turn = 16;

} // namespace

peer::peer(unique_fd client, const service& from)
    : client_(std::move(client)),
      from_(&from),
      talk_(from.files(), persistence::keeps_alive),
      until_(steady_clock::now() + from.patience()) {}

step peer::advance(reach how_far) {
    bool received = false;
    for (int done = 0;; ++done) {
        const step now = talk_.next();
        if (now == step::close)
            return now;
        if (done == most_in_a_turn && now != step::discard) // which has a bound of its own
            return go_on_later(now);
        const bool enough = received && how_far == reach::one_receive;
        if ((now == step::receive && enough) || !try_one(now))
            return wait_for(now);
        received = received || now == step::receive;
        if (now != step::discard || waiting_for_ != step::discard) // which has one time in all
            waiting_for_ = step::close;
    }
}

// False when it has to be waited for.
bool peer::try_one(step what) {
    switch (what) {
    case step::discard:
        ::shutdown(fd(), SHUT_WR);
        [[fallthrough]];
    case step::receive:
        return try_receive(fd(), talk_);
    case step::hold:
        return hold_is_over();
    case step::send:
        return try_send(fd(), talk_);
    case step::close:
        break;
    }
    return false;
}

bool peer::hold_is_over() {
    if (waiting_for_ != step::hold || steady_clock::now() < until_)
        return false;
    talk_.released();
    return true;
}

// The time runs from the beginning of the wait, however often advance() is called meanwhile.
step peer::wait_for(step what) {
    const auto now = steady_clock::now();
    if (what == waiting_for_)
        return what == step::hold || now < until_ ? what : step::close;
    waiting_for_ = what;
    until_ = now + (what == step::hold      ? talk_.hold_time()
                    : what == step::discard ? discard_time
                                            : from_->patience());
    return what;
}

// It waits for nothing but its turn, which is why its time is up at once.
step peer::go_on_later(step what) {
    waiting_for_ = step::close;
    until_ = steady_clock::now();
    return what;
}

int milliseconds_until(steady_clock::time_point then) noexcept {
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(then - steady_clock::now());
    return static_cast<int>(std::clamp(left, milliseconds(0), milliseconds(60'000)).count());
}

} // namespace ringlet::models
