#include "io/listener.hpp"

#include <boost/asio/error.hpp>

#include <cassert>
#include <cerrno>
#include <fcntl.h>
#include <utility>

namespace ringlet::io {

namespace {

// Whoever shares the socket may have set O_NONBLOCK, for epoll. The ring waits all the same, but
// older kernels take it for a wish not to: then the accept is armed once more, without.
void set_blocking(int fd) noexcept {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK);
}

} // namespace

acceptor_op::acceptor_op(context& ctx, int fd) noexcept
    : op({.code = opcode::accept_multishot, .fd = fd}, &acceptor_op::finished,
         &acceptor_op::arrived),
      ctx_(ctx) {}

void acceptor_op::start(accept_waiter& w) {
    assert(waiter_ == nullptr && "one accept at a time");
    waiter_ = &w;
    w.waits_for = this;
    if (!deliver() && !armed_)
        arm();
}

void acceptor_op::arm() {
    armed_ = true;
    ctx_.submit(*this);
}

void acceptor_op::cancel() {
    if (waiter_ == nullptr)
        return;
    waiter_->error = asio::error::operation_aborted;
    complete_waiter();
}

void acceptor_op::complete_waiter() {
    waiter_->waits_for = nullptr;
    ctx_.make_ready(*std::exchange(waiter_, nullptr));
}

void acceptor_op::stop() {
    stopped_ = true;
    if (armed_)
        ctx_.cancel(*this); // its last arrival completes the waiter
    else if (waiter_ != nullptr)
        deliver();
}

void acceptor_op::abandon() {
    cancel();
    abandoned_ = true;
    accepted_.clear();
    if (armed_)
        ctx_.cancel(*this);
    if (!armed_ && !ready)
        delete this;
}

void acceptor_op::arrived(op& o, int result, std::uint32_t flags) noexcept {
    auto& self = static_cast<acceptor_op&>(o);
    if (result >= 0)
        self.keep(unique_fd(result));
    else if (result == -EAGAIN)
        set_blocking(self.request.fd);
    else if (result != -ECANCELED)
        self.error_ = result;
    if ((flags & arrival_more) == 0)
        self.armed_ = false;
}

void acceptor_op::keep(unique_fd fd) noexcept try {
    accepted_.push_back(std::move(fd));
} catch (const std::bad_alloc&) {
    error_ = -ENOMEM; // this one is closed
}

void acceptor_op::finished(task& t, bool invoke) {
    auto& self = static_cast<acceptor_op&>(t);
    self.ready = false;
    if (self.abandoned_) {
        self.accepted_.clear();
        if (!self.armed_)
            delete &self;
    } else if (!invoke) {
        self.cancel(); // the context is being destroyed: its waiter is destroyed with it
    } else if (self.waiter_ != nullptr && !self.deliver() && !self.armed_) {
        self.arm();
    }
}

bool acceptor_op::deliver() {
    if (!accepted_.empty()) {
        waiter_->fd = std::move(accepted_.front());
        accepted_.pop_front();
    } else if (error_ != 0) {
        waiter_->error = error_of(std::exchange(error_, 0));
    } else if (stopped_ && !armed_) {
        waiter_->error = asio::error::operation_aborted;
    } else {
        return false;
    }
    complete_waiter();
    return true;
}

listener::listener(context& ctx, unique_fd fd)
    : ctx_(&ctx), fd_(std::move(fd)), op_(new acceptor_op(ctx, fd_.get())) {}

listener::listener(listener&& other) noexcept
    : ctx_(other.ctx_), fd_(std::move(other.fd_)), op_(std::exchange(other.op_, nullptr)) {}

void listener::close() {
    if (!fd_)
        return;
    std::exchange(op_, nullptr)->abandon(); // an armed accept would keep the port
    ctx_->close(fd_.release());
}

} // namespace ringlet::io
