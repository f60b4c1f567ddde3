// Readiness by event: the kernel remembers which sockets are watched, and epoll_wait(2) gives those
// only that are ready. Level-triggered: again and again, as long as they are; so the watch has to
// be changed whenever a connection waits for something else.
#include "core/peer_table.hpp"
#include "models.hpp"

#include <sys/epoll.h>

namespace ringlet::models {
namespace {

std::uint32_t events_for(step waits) {
    return waits == step::hold ? 0U : waits == step::send ? EPOLLOUT : EPOLLIN;
}

class level_triggered {
  public:
    explicit level_triggered(const settings& from) : here_(from, sockets::nonblocking) {
        watch(EPOLL_CTL_ADD, here_.listener(), EPOLLIN);
        watch(EPOLL_CTL_ADD, here_.stop().fd(), EPOLLIN);
    }

    void run() {
        epoll_event ready[256];
        while (!here_.stop().requested()) {
            const int n = ::epoll_wait(epoll_.get(), ready, 256, peers_.milliseconds_to_next());
            const auto now = steady_clock::now();
            for (int i = 0; i < n; ++i) {
                const int fd = ready[i].data.fd;
                if (fd == here_.listener())
                    accept_all();
                else if ((ready[i].events & (EPOLLERR | EPOLLHUP)) != 0 && peers_.find(fd))
                    peers_.remove(fd); // it has gone; nobody else would take note while it is held
                else
                    advance(fd);
            }
            peers_.ring_due(now, [this](int fd) { advance(fd); });
        }
    }

  private:
    void watch(int operation, int fd, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        ::epoll_ctl(epoll_.get(), operation, fd, &event);
    }

    void accept_all() {
        while (unique_fd client = here_.accept()) {
            watch(EPOLL_CTL_ADD, client.get(), EPOLLIN);
            peers_.add(std::move(client), here_, EPOLLIN);
        }
    }

    void advance(int fd) {
        member* m = peers_.find(fd);
        if (m == nullptr)
            return;
        const step waits = m->who.advance(peer::reach::one_receive);
        if (waits == step::close)
            return peers_.remove(fd); // closing ends the watch
        if (const auto events = events_for(waits); events != m->events)
            watch(EPOLL_CTL_MOD, fd, m->events = events);
        peers_.remind(*m);
    }

    service here_;
    unique_fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    peer_table peers_;
};

} // namespace

void epoll_lt(const settings& from) {
    level_triggered(from).run();
}

} // namespace ringlet::models
