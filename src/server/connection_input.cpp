// What a connection receives, for how long it waits, and what it keeps of it.
#include "server/connection.hpp"

#include <algorithm>

namespace ringlet {

namespace asio = boost::asio;

std::string_view connection::input() const noexcept {
    return std::string_view(input_.data(), input_.size()).substr(used_);
}

// Between requests a connection holds memory only for an incomplete request.
void connection::keep_rest() {
    input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    idle_ = input_.empty();
    if (idle_ && input_.capacity() != 0)
        shared_.give_back(std::exchange(input_, {}));
    if (idle_)
        input_held_.set(0);
}

// A head has one deadline, however many pieces it comes in.
void connection::begin_receiving() {
    keep_rest();
    if (answered_ != 0)
        socket_.stay_armed(); // the client keeps the connection alive: from now on it pays
    receiving_ = true;
    if (departure_ == nullptr)
        limit_receiving();
}

void connection::limit_receiving() noexcept {
    if (idle_ && shared_.draining)
        shared_.linger_time.arm(deadline_, shared_.ctx.now());
    else if (idle_ && answered_ != 0)
        shared_.idle_time.arm(deadline_, shared_.ctx.now());
    else if (!deadline_.armed())
        shared_.head_time.arm(deadline_, shared_.ctx.now());
}

awaitable<bool> connection::receive_more() {
    if (!deadline_.armed()) // one for all of it
        shared_.body_time.arm(deadline_, shared_.ctx.now());
    auto receiving = socket_.receive();
    auto [failed, bytes] = co_await std::move(receiving);
    co_return take(failed, std::move(bytes));
}

bool connection::take(const io::error_code& failed, io::lease bytes) {
    if (failed && timed_out_ && !idle_)
        return true; // a request that came too slowly is told so
    if (failed == asio::error::operation_aborted && socket_.backlog().unread != 0) {
        timed_out_ = false; // a request that came at the last moment
        return true;
    }
    if (failed) {
        // Told to end while it was idle: its last answer may still be on the way.
        broken_ = !(shared_.draining && idle_ && failed == asio::error::operation_aborted);
        return false;
    }
    timed_out_ = false; // the deadline may have passed just when the bytes came: they win
    if (std::exchange(idle_, false))
        shared_.head_time.arm(deadline_, shared_.ctx.now());
    // Copied, for the kernel's buffers are few: an answer can take as long as its handler or its
    // client does, and must not hold one meanwhile.
    if (input_.capacity() == 0)
        input_ = shared_.take_input();
    input_.insert(input_.end(), bytes.bytes().begin(), bytes.bytes().end());
    no_room_ = !input_held_.set(input_.capacity());
    return true;
}

void connection::expired(io::deadline& d) {
    connection& self = static_cast<phase_deadline&>(d).owner;
    const bool sends = self.departure_ != nullptr;
    if (self.stays_ && !self.receiving_ && !sends)
        return; // something has come, and the coroutine is about to look at it
    const auto receives = [&] {
        return self.idle_ ? self.socket_.stop_receive() : self.socket_.cancel_receive();
    };
    if (!sends && receives()) {
        self.timed_out_ = true;
    } else if ((sends || !self.idle_) && self.keeps_taking()) {
        self.shared_.send_time.arm(d, self.shared_.ctx.now());
    } else {
        self.timed_out_ = true;
        if (sends) { // by itself: to find it by its descriptor the kernel walks all that is armed
            self.socket_.cancel_receive();
            self.shared_.ctx.cancel(*self.departure_);
        } else {
            self.socket_.cancel();
        }
        // Else what the kernel has taken, some MB, stays with it for as long as the client likes.
        self.socket_.reset_on_close();
    }
}

// Whether the client has taken enough since somebody looked. What it took before this send counts
// for the first look, so that one which takes nothing more is found by the second at the latest.
bool connection::keeps_taking() noexcept {
    const std::uint64_t now = socket_.acknowledged();
    const std::uint64_t taken = now - std::exchange(acknowledged_, now);
    const auto time = static_cast<std::uint64_t>(shared_.most.send_timeout_s.count());
    return taken >= std::max<std::uint64_t>(time * shared_.most.send_min_bytes_per_s, 1);
}

} // namespace ringlet
