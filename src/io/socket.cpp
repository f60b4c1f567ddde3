#include "io/socket.hpp"

#include "io/socket_call.hpp"

namespace ringlet::io {

socket::socket(context& ctx, unique_fd fd)
    : ctx_(&ctx), fd_(std::move(fd)), receiver_(new receiver(ctx, fd_.get())) {}

socket::socket(socket&& other) noexcept
    : ctx_(other.ctx_),
      fd_(std::move(other.fd_)),
      trusted_(other.trusted_),
      nonblocking_(other.nonblocking_),
      receiver_(std::exchange(other.receiver_, nullptr)) {}

socket& socket::operator=(socket&& other) noexcept {
    std::swap(ctx_, other.ctx_);
    std::swap(fd_, other.fd_);
    std::swap(trusted_, other.trusted_);
    std::swap(nonblocking_, other.nonblocking_);
    std::swap(receiver_, other.receiver_);
    return *this;
}

void socket::start_send(op& o, std::string_view bytes) {
    assert(bytes.size() <= send_most);
    o.cancelled = false;
    o.request = {.code = opcode::send,
                 .whole = true,
                 .fd = fd_.get(),
                 .size = static_cast<std::uint32_t>(bytes.size()),
                 .data = const_cast<char*>(bytes.data())};
    ctx_->submit(o);
}

void socket::start_send(op& o, msghdr& gathered, std::size_t size, const file_place* last) {
    assert(size <= send_most);
    o.cancelled = false;
    o.request = {.code = opcode::send_message,
                 .whole = true,
                 .fd = fd_.get(),
                 .size = static_cast<std::uint32_t>(size),
                 .data = &gathered,
                 .parameter = last != nullptr ? in_file(*last) : nullptr};
    ctx_->submit(o);
}

// sendfile() waits for room unless the descriptor says that it must not. Else it is not used.
void* socket::in_file(const file_place& place) noexcept {
    nonblocking_ = nonblocking_ || make_nonblocking(fd_.get());
    return nonblocking_ ? const_cast<file_place*>(&place) : nullptr;
}

bool socket::peer_took(std::size_t bytes, clock::duration time) noexcept {
    constexpr std::size_t large = 128 * 1024;
    constexpr auto without_delay = std::chrono::milliseconds(50);
    if (time > without_delay)
        return false;
    if (bytes >= large && is_open() && !std::exchange(trusted_, true))
        ctx_->lift_unsent_limit(fd_.get());
    return true;
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
