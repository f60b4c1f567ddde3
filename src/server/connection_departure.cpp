// How a connection sends answers and waits for the next request at the same time. All else it does
// one after the other.
#include "server/connection.hpp"
#include "server/departure.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

namespace ringlet {

namespace asio = boost::asio;

void connection::depart() {
    auto d = shared_.take_departure();
    d->of = this;
    d->began = shared_.ctx.now();
    std::swap(d->out, out_);
    shared_.send_time.arm(deadline_, d->began);
    departure_ = d.release();
    departure_->start(socket_);
}

awaitable<void> connection::landed() {
    auto waiting = departure_->landed.async_wait(shared_.ctx, asio::as_tuple(asio::deferred));
    co_await std::move(waiting);
}

void departure::finished(io::task& t, bool invoke) {
    std::unique_ptr<departure> self(static_cast<departure*>(&t));
    if (self->of == nullptr)
        return;
    if (invoke)
        self->of->land(std::move(self));
    else
        self->of->departure_ = nullptr; // the context is at its end, and the connection next
}

void connection::land(std::unique_ptr<departure> d) {
    departure_ = nullptr;
    end_of_send(!d->is_whole(), static_cast<std::size_t>(std::max(d->result, 0)), d->began);
    d->landed.notify();
    d->out.clear();
    shared_.give_back(std::move(d));
    if (!receiving_)
        return;
    if (broken_)
        socket_.cancel_receive();
    else
        limit_receiving();
}

} // namespace ringlet
