#include "io/socket.hpp"

namespace ringlet::io {

socket::socket(context& ctx, unique_fd fd)
    : ctx_(&ctx), fd_(std::move(fd)), receiver_(new receiver(ctx, fd_.get())) {}

socket::socket(socket&& other) noexcept
    : ctx_(other.ctx_),
      fd_(std::move(other.fd_)),
      receiver_(std::exchange(other.receiver_, nullptr)) {}

socket& socket::operator=(socket&& other) noexcept {
    std::swap(ctx_, other.ctx_);
    std::swap(fd_, other.fd_);
    std::swap(receiver_, other.receiver_);
    return *this;
}

void socket::cancel() {
    if (!is_open())
        return;
    receiver_->cancel();
    ctx_->cancel_descriptor(fd_.get());
}

void socket::close() {
    if (!is_open())
        return;
    // An armed receive keeps the connection open: it is cancelled before the close, in that order.
    std::exchange(receiver_, nullptr)->abandon();
    ctx_->close(fd_.release());
}

} // namespace ringlet::io
