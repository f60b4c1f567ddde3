#include "io/watch_table.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <sys/epoll.h>
#include <utility>

namespace ringlet::io {
namespace {

op_list watched::*line_of(opcode code) noexcept {
    switch (code) {
    case opcode::accept_multishot:
    case opcode::receive:
    case opcode::receive_multishot:
        return &watched::in;
    case opcode::wait_end:
        return &watched::end;
    default:
        return &watched::out;
    }
}

} // namespace

watch_table::watch_table() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

int watch_table::reserve(int fd) noexcept try {
    if (fd < 0)
        return -EBADF;
    const auto needed = static_cast<std::size_t>(fd) + 1;
    if (needed > all_.size())
        all_.resize(std::max(needed, all_.size() * 2));
    return 0;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int watch_table::watch(int fd) noexcept {
    watched& w = (*this)[fd];
    if (w.registered)
        return 0;
    epoll_event e{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
                  .data = {.fd = fd}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &e) < 0)
        return -errno;
    w.registered = true;
    return 0;
}

void watch_table::unwatch(int fd) noexcept {
    if (std::exchange((*this)[fd].registered, false))
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

op_list& watch_table::line_for(const op& o) noexcept {
    return (*this)[o.request.fd].*line_of(o.request.code);
}

} // namespace ringlet::io
