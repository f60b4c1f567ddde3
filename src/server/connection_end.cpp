// How a connection comes to its end, and what it does with content that nobody reads.
#include "server/connection.hpp"

#include <limits>

namespace ringlet {

void connection::drain() {
    if (side_ && side_->session_end != nullptr && side_->session_end->begin)
        side_->session_end->begin();
    else if (endless_ && flushing_)
        finish_event();
    else if (endless_)
        side_->cancelling.begin();
    else if (idle_ && departure_ == nullptr) // a request may be on the way
        shared_.linger_time.arm(deadline_, shared_.ctx.now());
}

// It is not cut, unless its reader takes no more: see keeps_taking().
void connection::finish_event() noexcept {
    acknowledged_ = socket_.acknowledged();
    shared_.linger_time.arm(deadline_, shared_.ctx.now());
}

// --- content that nobody reads ---

// A request whose content is malformed as far as it has come is refused, although its handler might
// not read that: it is the shape of an attempt to smuggle another request past it.
void connection::check_content() {
    exchange& x = *x_;
    if (x.asked.content.look_at(input()).what != body_reader::what::malformed)
        return;
    refuse(http::status::bad_request, "The chunked coding of the content is malformed.");
    x.asked.content.begin(x.asked.head, 0); // nothing more is to be read
}

// Reads and drops the content of a request that was answered without it.
awaitable<void> connection::skip_content() {
    std::uint64_t left = limits::drained_body_bytes;
    x_->asked.content.limit(std::numeric_limits<std::uint64_t>::max());
    lingering_ = lingering_ || closing_; // not skipped then, but perhaps still on its way
    while (!closing_ && !broken_ && !skip_available(left)) {
        if (closing_)
            break;
        if (!out_.empty())
            co_await flush(); // the client may be waiting for the answers before it sends on
        input_.clear();
        used_ = 0;
        input_.swap(x_->ahead);
        if (!input_.empty())
            continue;
        const bool more = co_await receive_more();
        broken_ = broken_ || timed_out_ || !more;
    }
    deadline_.disarm();
}

// Returns whether the content is over. `left` counts what may still come, chunks with all they
// carry beside data.
bool connection::skip_available(std::uint64_t& left) {
    for (;;) {
        const auto s = x_->asked.content.next(input());
        used_ += s.consumed;
        if (s.what == body_reader::what::end)
            return true;
        if (s.what == body_reader::what::malformed || s.consumed > left) {
            closing_ = lingering_ = true; // where the next request begins is unknown
            return false;
        }
        left -= s.consumed;
        if (s.what == body_reader::what::more) {
            if (x_->asked.content.left() > left)
                closing_ = lingering_ = true;
            return false;
        }
    }
}

// --- after the last answer ---

bool connection::must_linger() const noexcept {
    if (broken_)
        return false;
    if (lingering_ || !input().empty())
        return true;
    const io::socket_backlog b = socket_.backlog();
    return b.unacknowledged != 0 || b.unread != 0;
}

// RFC 9112 section 9.6: closing at once would reset the connection if the client sends on, and the
// reset can overtake the answer. So: no more from us, then wait for the client's end, for as long
// as it sends or takes something, within a bound.
awaitable<void> connection::linger() {
    socket_.shutdown_send();
    const io::clock::time_point until = shared_.ctx.now() + limits::linger_most_s;
    timed_out_ = false;
    while (shared_.ctx.now() < until) {
        const std::size_t unacknowledged = socket_.backlog().unacknowledged;
        shared_.linger_time.arm(deadline_, shared_.ctx.now());
        auto receiving = socket_.receive();
        auto [failed, bytes] = co_await std::move(receiving);
        const bool silent = std::exchange(timed_out_, false);
        if (failed && !(silent && socket_.backlog().unacknowledged < unacknowledged))
            break;
    }
}

} // namespace ringlet
