#include "server/acceptor.hpp"

#include "server/listen.hpp"
#include "server/log.hpp"
#include "server/memory_reserve.hpp"

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

namespace ringlet {

namespace asio = boost::asio;

namespace {

// After an accept failed for want of descriptors or memory: time for some to come back.
constexpr auto accept_pause = std::chrono::milliseconds(100);

// Between two lines of the log about connections that were turned away.
constexpr auto turned_away_pause = std::chrono::seconds(10);

// Of errors that accept reports, those of the one connection (accept(2)): the next may be well.
bool is_of_one(const io::error_code& failed) noexcept {
    switch (failed.value()) {
    case ECONNABORTED:
    case EINTR:
    case EPERM: // a firewall's rule
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return true;
    default:
        return false;
    }
}

} // namespace

/// No coroutine, for nothing here may need memory: a server that stops accepting because there was
/// none for a moment is of no use.
class acceptor::accept_loop final : io::accept_waiter, io::deadline {
  public:
    accept_loop(acceptor& owner, unique_fd listening)
        : accept_waiter(&accept_loop::accepted),
          deadline(&accept_loop::pause_over),
          owner_(owner),
          from_(owner.shared_.ctx, std::move(listening)) {
        owner_.shared_.ctx.work_started();
        from_.start(*this);
    }

    void stop() {
        if (deadline::armed())
            end();
        else
            from_.stop();
    }

    void close() { from_.close(); }

  private:
    static void accepted(io::task& t, bool invoke) {
        if (invoke)
            static_cast<accept_loop&>(t).go_on();
    }

    static void pause_over(deadline& d) {
        auto& self = static_cast<accept_loop&>(d);
        self.from_.start(self);
    }

    void go_on() {
        const io::error_code failed = std::exchange(error, {});
        unique_fd accepted_one = std::exchange(fd, {});
        if (failed == asio::error::operation_aborted) {
            end();
        } else if (!failed || is_of_one(failed)) {
            from_.start(*this); // first: what follows may throw, and accepting goes on
            if (!failed)
                owner_.take(std::move(accepted_one));
        } else {
            owner_.pause_time_.arm(*this, owner_.shared_.ctx.now());
            log(log_level::warning, "cannot accept: " + failed.message());
        }
    }

    // Clients are refused at once, and another server can take the port.
    void end() {
        disarm();
        close();
        owner_.shared_.ctx.work_finished();
    }

    acceptor& owner_;
    io::listener from_;
};

acceptor::acceptor(worker_state& shared, admission& clients)
    : shared_(shared), clients_(clients), pause_time_(shared.ctx.timer_set(), accept_pause) {}

acceptor::~acceptor() = default;

void acceptor::start(unique_fd from) {
    loops_.push_back(std::make_unique<accept_loop>(*this, std::move(from)));
}

void acceptor::close() {
    for (const auto& loop : loops_)
        loop->close();
}

// Without memory a connection is closed at once: what there is, is for those that are in.
void acceptor::take(unique_fd fd) {
    try {
        if (memory_reserve::is_full())
            return add_connection(std::move(fd));
    } catch (const std::exception&) { // std::bad_alloc
    }
    fd.reset();
    count_turned_away();
}

void acceptor::add_connection(unique_fd fd) {
    admission::ticket ticket(clients_, client_of(peer_of(fd.get())));
    if (ticket.verdict() != admission::verdict::admitted)
        count_turned_away();
    if (ticket.verdict() == admission::verdict::too_many_refused)
        return;
    auto owned = std::make_unique<connection>(shared_, std::move(fd), std::move(ticket));
    connections_.push_back(*owned);
    connection::start(std::move(owned));
}

void acceptor::count_turned_away() {
    ++turned_away_;
    if (shared_.ctx.now() < log_next_)
        return;
    log_next_ = shared_.ctx.now() + turned_away_pause;
    log(log_level::warning, "too many connections, in all, of one client or for the memory; turned "
                            "away: " +
                                std::to_string(std::exchange(turned_away_, 0)));
}

void acceptor::drain() {
    shared_.draining = true;
    for (const auto& loop : loops_)
        loop->stop();
    for (connection& c : connections_)
        c.drain();
}

} // namespace ringlet
