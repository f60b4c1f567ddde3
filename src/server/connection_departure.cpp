// How a connection sends answers and waits for the next request at the same time. All else it does
// one after the other.
#include "server/connection.hpp"
#include "server/departure.hpp"

namespace ringlet {

void connection::depart() {
    auto d = shared_.take_departure();
    d->of = this;
    d->began = begin_send();
    std::swap(d->out, out_);
    departure_ = d.release();
    departure_->start(socket_);
}

void departure::finished(io::task& t, bool invoke) {
    std::unique_ptr<departure> self(static_cast<departure*>(&t));
    connection& c = *self->of;
    if (invoke) {
        c.land(std::move(self));
    } else { // the context is at its end
        c.departure_ = nullptr;
        c.let_go();
    }
}

void connection::land(std::unique_ptr<departure> d) noexcept {
    departure_ = nullptr;
    end_of_send(!d->is_whole(), static_cast<std::size_t>(std::max(d->result, 0)), d->began);
    d->out.clear();
    shared_.give_back(std::move(d));
    if (!receiving_)
        in_loop(&connection::waited);
    else if (broken_)
        socket_.cancel_receive();
    else
        limit_receiving();
}

} // namespace ringlet
