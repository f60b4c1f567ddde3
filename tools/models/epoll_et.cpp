// Readiness by event, edge-triggered: epoll_wait(2) tells of a socket when it becomes ready, once.
// So a socket is watched for everything from the beginning, and the watch is never changed. In
// return each has to be used until it would block, or what is left is never heard of again.
#include "core/peer_table.hpp"
#include "models.hpp"

#include <sys/epoll.h>

namespace ringlet::models {
namespace {

class edge_triggered {
  public:
    explicit edge_triggered(const settings& from) : here_(from, sockets::nonblocking) {
        watch(here_.listener(), EPOLLIN); // level-triggered: accept() may fail, for a while
        watch(here_.stop().fd(), EPOLLIN);
    }

    void run() {
        epoll_event ready[256];
        while (!here_.stop().requested()) {
            const int n = ::epoll_wait(epoll_.get(), ready, 256, peers_.milliseconds_to_next());
            const auto now = steady_clock::now();
            for (int i = 0; i < n; ++i) {
                if (ready[i].data.fd == here_.listener())
                    accept_all();
                else
                    advance(ready[i].data.fd);
            }
            peers_.ring_due(now, [this](int fd) { advance(fd); });
        }
    }

  private:
    static constexpr std::uint32_t everything = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

    void watch(int fd, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
    }

    void accept_all() {
        while (unique_fd client = here_.accept()) {
            watch(client.get(), everything); // tells at once of what has come already
            peers_.add(std::move(client), here_, everything);
        }
    }

    void advance(int fd) {
        member* m = peers_.find(fd);
        if (m == nullptr)
            return;
        if (m->who.advance(peer::reach::until_it_would_block) == step::close)
            peers_.remove(fd); // closing ends the watch
        else
            peers_.remind(*m);
    }

    service here_;
    unique_fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    peer_table peers_;
};

} // namespace

void epoll_et(const settings& from) {
    edge_triggered(from).run();
}

} // namespace ringlet::models
