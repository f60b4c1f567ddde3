#include "blocking.hpp"

#include "attempts.hpp"
#include "limits.hpp"
#include "peer.hpp"

#include <poll.h>
#include <sys/socket.h>

namespace ringlet::models {

// A plain recv() would wait by itself. The poll() before it is there for Ctrl-C and for the
// patience only, and costs a system call; send() seldom has to wait.
void converse(const unique_fd& client, const service& from, persistence mode) {
    const int fd = client.get();
    conversation talk(from.files(), mode);
    std::chrono::milliseconds patience = from.patience();
    std::chrono::steady_clock::time_point end{}; // of discarding
    for (bool on = true; on;) {
        switch (talk.next()) {
        case step::discard:
            ::shutdown(fd, SHUT_WR);
            if (end == decltype(end)())
                end = std::chrono::steady_clock::now() + discard_time;
            patience = std::chrono::milliseconds(milliseconds_until(end));
            [[fallthrough]];
        case step::receive:
            on = from.stop().wait(fd, POLLIN, patience);
            if (on)
                try_receive(fd, talk);
            break;
        case step::hold:
            on = from.stop().pause(talk.hold_time());
            talk.released();
            break;
        case step::send:
            on = try_send(fd, talk) || from.stop().wait(fd, POLLOUT, patience);
            break;
        case step::close:
            return;
        }
    }
}

} // namespace ringlet::models
