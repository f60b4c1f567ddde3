#include "io/receiver.hpp"

#include "io/completion.hpp"

#include <boost/asio/error.hpp>

#include <cassert>
#include <cerrno>
#include <memory>
#include <utility>

namespace ringlet::io {

/// Notices the peer's end where nothing is received. Frees itself when the kernel has let go of it.
class receiver::end_wait final : op {
  public:
    explicit end_wait(receiver& owner) noexcept
        : op({.code = opcode::wait_end, .fd = owner.request.fd}, &end_wait::finished),
          owner_(&owner) {
        owner.ctx_.submit(*this);
    }

    void abandon(context& ctx) noexcept {
        owner_ = nullptr;
        ctx.cancel(*this);
    }

  private:
    static void finished(task& t, bool invoke) {
        const std::unique_ptr<end_wait> self(&static_cast<end_wait&>(t));
        if (self->owner_ == nullptr)
            return;
        self->owner_->end_wait_ = nullptr;
        if (invoke)
            self->owner_->end_waited(self->result == -ECANCELED);
    }

    receiver* owner_;
};

receiver::receiver(context& ctx, int fd) noexcept
    : op({.code = opcode::receive, .fd = fd}, &receiver::finished, &receiver::arrived), ctx_(ctx) {}

void receiver::start(receive_waiter& w) {
    assert(waiter_ == nullptr && "one receive at a time");
    waiter_ = &w;
    w.waits_for = this;
    if (!deliver() && !armed_)
        arm();
}

void receiver::watch(receive_watcher& w) {
    watcher_ = &w;
    tell_watcher();
}

void receiver::unwatch() noexcept {
    watcher_ = nullptr;
    if (end_wait_ != nullptr)
        std::exchange(end_wait_, nullptr)->abandon(ctx_);
}

bool receiver::cancel() {
    if (waiter_ == nullptr)
        return false;
    waiter_->error = asio::error::operation_aborted;
    complete_waiter();
    list_hook::unlink(); // a buffer is not to be offered to somebody who no longer wants it
    return true;
}

bool receiver::stop() {
    if (waiter_ == nullptr || (!armed_ && !ready))
        return cancel();
    stopping_ = true; // the last arrival, which may be in the ready list, completes the waiter
    if (armed_)
        cancel_armed();
    return true;
}

void receiver::cancel_armed() {
    if (!std::exchange(cancelling_, true))
        ctx_.cancel(*this);
}

void receiver::abandon() {
    cancel();
    unwatch();
    abandoned_ = true;
    rest_.release();
    while (!held_.empty())
        held_.pop(ctx_.buffers());
    if (armed_) // by itself: to find it by its descriptor the kernel walks all that is armed
        cancel_armed();
    if (!armed_ && !ready)
        delete this;
}

void receiver::arrived(op& o, int result, std::uint32_t flags) noexcept {
    auto& self = static_cast<receiver&>(o);
    if (flags & arrival_has_buffer) {
        const auto number = static_cast<std::uint16_t>(flags >> arrival_buffer_shift);
        self.held_.push(self.ctx_.buffers(), number,
                        static_cast<std::uint32_t>(std::max(result, 0)));
    }
    if (result == 0)
        self.ended_ = true;
    else if (result < 0 && result != -ECANCELED && result != -ENOBUFS)
        self.error_ = result;
    if ((flags & arrival_more) == 0)
        self.armed_ = self.cancelling_ = false;
}

void receiver::finished(task& t, bool invoke) {
    auto& self = static_cast<receiver&>(t);
    self.ready = false;
    if (self.abandoned_) {
        while (!self.held_.empty())
            self.held_.pop(self.ctx_.buffers());
        if (!self.armed_)
            delete &self;
    } else if (invoke) {
        self.settle();
    } else {
        self.cancel(); // the context is being destroyed: its waiter is destroyed with it
    }
}

void receiver::settle() {
    if (armed_ && held_.count() >= held_most)
        cancel_armed();
    if (waiter_ != nullptr && !deliver() && !armed_) {
        if (stopping_)
            cancel();
        else
            arm();
    }
    if (watcher_ == nullptr)
        keep();
    tell_watcher();
}

// Nobody reads for now what there is.
void receiver::keep() noexcept {
    rest_.make_room();
    held_.make_room(ctx_.buffers());
}

void receiver::tell_watcher() {
    if (watcher_ == nullptr || waiter_ != nullptr)
        return;
    bool more = watcher_->received(rest_.bytes()); // with nothing, too: is there room?
    rest_.release();
    while (more && !held_.empty()) {
        const lease first = held_.pop(ctx_.buffers());
        more = watcher_->received(first.bytes());
    }
    keep();
    if (ended_ || error_ != 0)
        std::exchange(watcher_, nullptr)->ended();
    else if (more && !armed_)
        arm();
    else if (!more && !armed_ && end_wait_ == nullptr)
        end_wait_ = new end_wait(*this);
}

void receiver::end_waited(bool was_cancelled) {
    if (watcher_ == nullptr)
        return;
    if (was_cancelled) // with all that there was on the descriptor
        tell_watcher();
    else
        std::exchange(watcher_, nullptr)->ended();
}

// Completes the waiter with what there is. What came before an error or the end is delivered first.
bool receiver::deliver() {
    // The end of the stream can come with a buffer of its own: an empty one.
    while (rest_.empty() && !held_.empty())
        rest_ = held_.pop(ctx_.buffers());
    if (rest_.empty())
        rest_.release();
    if (!rest_.empty()) {
        waiter_->take(rest_);
        if (rest_.empty())
            rest_.release();
    } else if (error_ != 0) {
        waiter_->error = error_of(error_);
    } else if (ended_) {
        waiter_->error = asio::error::eof;
    } else {
        return false;
    }
    complete_waiter();
    return true;
}

void receiver::complete_waiter() {
    stopping_ = false;
    waiter_->waits_for = nullptr;
    ctx_.make_ready(*std::exchange(waiter_, nullptr));
}

void receiver::arm() {
    if (list_hook::is_linked())
        return; // waits for a buffer already
    if (ctx_.buffers().scarce())
        ctx_.buffers().wait(*this);
    else
        submit();
}

void receiver::submit() {
    request.code = multishot_ ? opcode::receive_multishot : opcode::receive;
    armed_ = true;
    ctx_.submit(*this);
}

void receiver::buffer_returned() {
    submit();
}

} // namespace ringlet::io
