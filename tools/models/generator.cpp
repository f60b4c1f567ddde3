// An event loop that has a generator for each request, and resumes one after the other, as a
// well-known tutorial does. They look as if each waited for itself; but where one waits, for its
// client or for simulated work, it only yields and asks again: the processor never rests.
#include "core/attempts.hpp"
#include "core/limits.hpp"
#include "core/resumable.hpp"
#include "core/service.hpp"
#include "models.hpp"

#include <list>
#include <sys/socket.h>

namespace ringlet::models {
namespace {

using steady_clock = std::chrono::steady_clock;

// False: it has to be tried again.
bool try_one(int fd, conversation& talk) {
    return talk.next() == step::send ? try_send(fd, talk) : try_receive(fd, talk);
}

resumable serve(unique_fd client, const service& here) {
    conversation talk(here.files(), persistence::closes);
    steady_clock::time_point until;
    bool discarding = false;
    while (talk.next() != step::close) {
        const bool holding = talk.next() == step::hold;
        if (!discarding) {
            discarding = talk.next() == step::discard;
            if (discarding)
                ::shutdown(client.get(), SHUT_WR);
            until = steady_clock::now() + (holding      ? talk.hold_time()
                                           : discarding ? discard_time
                                                        : here.patience());
        }
        bool done = false;
        while (!done) {
            if (steady_clock::now() >= until)
                break;
            done = !holding && try_one(client.get(), talk);
            if (!done)
                co_yield nullptr;
        }
        if (holding)
            talk.released();
        else if (!done)
            co_return; // the client has had its time
        else if (talk.next() == step::send)
            co_yield nullptr; // the others' turn: this client may take as fast as it is given
    }
}

} // namespace

void generator(const settings& from) {
    const service here(from, sockets::nonblocking);
    std::list<resumable> tasks;
    while (!here.stop().requested()) {
        while (unique_fd client = here.accept())
            tasks.push_back(serve(std::move(client), here));
        tasks.remove_if([](resumable& each) { return !each.resume(); });
    }
}

} // namespace ringlet::models
