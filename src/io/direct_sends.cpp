#include "io/direct_sends.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <sys/epoll.h>
#include <system_error>
#include <utility>

namespace ringlet::io {

direct_sends::direct_sends() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_)
        throw std::system_error(errno, std::generic_category(), "no descriptor for epoll");
}

bool direct_sends::reserve(int fd) noexcept try {
    const auto needed = static_cast<std::size_t>(fd) + 1;
    if (needed > all_.size())
        all_.resize(std::max(needed, all_.size() * 2));
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

bool direct_sends::watch(int fd) noexcept {
    if (at(fd).watched)
        return true;
    epoll_event e{.events = EPOLLOUT | EPOLLET, .data = {.fd = fd}};
    at(fd).watched = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &e) == 0;
    return at(fd).watched;
}

bool direct_sends::take_over(op& o, int sent) const noexcept {
    op_request& r = o.request;
    if (r.era != era_of(r.fd) || waiting_for(r.fd) != nullptr)
        return false;
    r.offset = static_cast<unsigned>(std::max(sent, 0));
    return true;
}

bool direct_sends::wait(op& o) noexcept {
    const int fd = o.request.fd;
    if (waits(o))
        return true;
    if (!reserve(fd) || at(fd).waits != nullptr || !watch(fd))
        return false;
    at(fd).waits = &o;
    ++waiting_;
    return true;
}

bool direct_sends::release(op& o) noexcept {
    if (!waits(o))
        return false;
    descriptor& d = at(o.request.fd);
    d.waits = nullptr;
    --waiting_;
    return std::exchange(d.closes, false);
}

// Without memory for this one, what is under way for any descriptor is called off.
void direct_sends::call_off(int fd) noexcept {
    if (reserve(fd))
        ++at(fd).era;
    else
        ++first_era_;
}

bool direct_sends::may_close(int fd) noexcept {
    if (waiting_for(fd) != nullptr) {
        at(fd).closes = true;
        return false;
    }
    call_off(fd);
    if (has_room(fd))
        at(fd).watched = false;
    return true;
}

int direct_sends::take_events(int (&fds)[events_most]) noexcept {
    std::array<epoll_event, events_most> events;
    const int n = ::epoll_wait(epoll_.get(), events.data(), events_most, 0);
    for (int i = 0; i < n; ++i)
        fds[i] = events[static_cast<std::size_t>(i)].data.fd;
    return n;
}

} // namespace ringlet::io
