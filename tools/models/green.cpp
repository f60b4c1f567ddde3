// Green threads, the counterpart of gevent: each connection has a stack of its own, and code that
// reads as with threads. Where it would wait, the processor goes to another stack, in user space
// and on one thread of the system.
#include "core/attempts.hpp"
#include "core/green_hub.hpp"
#include "core/limits.hpp"
#include "models.hpp"

namespace ringlet::models {
namespace {

using boost::asio::ip::tcp;

void receive(green_connection& c, conversation& talk, green_thread self, error_code& failed) {
    char block[receive_bytes];
    const std::size_t n = c.socket.async_read_some(boost::asio::buffer(block), self[failed]);
    if (!failed)
        talk.received({block, n});
}

// The same as converse() of the models that block, with other calls.
void converse(green_connection& c, const service& from, const green_hub& hub, green_thread self) {
    conversation talk(from.files(), persistence::keeps_alive);
    bool discarding = false;
    for (error_code failed; !failed && !hub.ending();) {
        if (!discarding) {
            discarding = talk.next() == step::discard;
            c.until =
                std::chrono::steady_clock::now() + (discarding ? discard_time : from.patience());
        }
        switch (talk.next()) {
        case step::discard:
            c.socket.shutdown(tcp::socket::shutdown_send, failed);
            [[fallthrough]];
        case step::receive:
            receive(c, talk, self, failed);
            break;
        case step::hold:
            c.timer.expires_after(talk.hold_time());
            c.timer.async_wait(self[failed]); // the timer's time, which until does not touch
            talk.released();
            break;
        case step::send:
            talk.sent(c.socket.async_write_some(boost::asio::buffer(talk.unsent()), self[failed]));
            discard_if_unread(c.socket.native_handle(), talk);
            break;
        case step::close:
            return;
        }
    }
}

} // namespace

void green(const settings& from) {
    const service here(from, sockets::nonblocking);
    green_hub hub(here);
    hub.start([&](green_thread self) {
        while (!hub.ending()) {
            error_code failed;
            tcp::socket client = hub.acceptor().async_accept(self[failed]);
            if (!failed)
                hub.start(std::move(client), [&](green_connection& c, green_thread its) {
                    converse(c, here, hub, its);
                });
            else if (!hub.ending())
                here.stop().pause(std::chrono::milliseconds(10)); // no descriptor is left
        }
    });
    hub.run();
}

} // namespace ringlet::models
