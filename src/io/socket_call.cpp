#include "io/socket_call.hpp"

#include "io/system_call.hpp"

#include <algorithm>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace ringlet::io {
namespace {

/// The message's parts are the operation's own, and as before afterwards.
int send_message(const op_request& r, msghdr m, int flags) noexcept {
    std::size_t skip = r.offset;
    while (m.msg_iovlen > 1 && skip >= m.msg_iov->iov_len) {
        skip -= m.msg_iov->iov_len;
        ++m.msg_iov;
        --m.msg_iovlen;
    }
    if (skip == 0)
        return system_call([&] { return ::sendmsg(r.fd, &m, flags); });
    iovec& first = *m.msg_iov;
    const iovec before = first;
    first = {static_cast<char*>(before.iov_base) + skip, before.iov_len - skip};
    const int sent = system_call([&] { return ::sendmsg(r.fd, &m, flags); });
    first = before;
    return sent;
}

int send_from_file(const op_request& r, const file_place& from, std::size_t before) noexcept {
    auto at = static_cast<off_t>(from.offset + r.offset - before);
    return system_call([&] { return ::sendfile(r.fd, from.fd, &at, r.size - r.offset); });
}

int send_some(const op_request& r) noexcept {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    if (r.code == opcode::send_message) {
        msghdr m = *static_cast<const msghdr*>(r.data);
        if (!is_in_file(r))
            return send_message(r, m, flags);
        const std::size_t before = r.size - m.msg_iov[m.msg_iovlen - 1].iov_len;
        if (r.offset >= before)
            return send_from_file(r, *static_cast<const file_place*>(r.parameter), before);
        --m.msg_iovlen;
        return send_message(r, m, flags | MSG_MORE);
    }
    const char* const data = static_cast<const char*>(r.data) + r.offset;
    return system_call([&] { return ::send(r.fd, data, r.size - r.offset, flags); });
}

} // namespace

int send_rest(op_request& r) noexcept {
    for (;;) {
        const int sent = send_some(r);
        if (sent == -EAGAIN)
            return -EAGAIN;
        if (sent < 0 && is_in_file(r)) {
            r.parameter = nullptr; // if only the file cannot be sent, its bytes are in memory, too
            continue;
        }
        r.offset += static_cast<unsigned>(std::max(sent, 0));
        if (sent > 0 && r.whole && r.offset < r.size)
            continue;
        return r.offset != 0 ? static_cast<int>(r.offset) : sent;
    }
}

void limit_blocking_send(int fd) noexcept {
    const timeval least{.tv_sec = 0, .tv_usec = 1}; // one tick of the kernel's clock
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &least, sizeof least);
}

void limit_unsent(int fd) noexcept {
    const int bytes = 128 * 1024;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void lift_unsent_limit(int fd) noexcept {
    const int as_the_system_has_it = 0;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &as_the_system_has_it,
                 sizeof as_the_system_has_it);
}

int begin_connect(const op_request& r) noexcept {
    return ::connect(r.fd, static_cast<const sockaddr*>(r.data), r.size) < 0 ? -errno : 0;
}

int end_connect(int fd) noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return -error;
}

bool make_nonblocking(int fd) noexcept {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) >= 0;
}

} // namespace ringlet::io
