#include "io/backend.hpp"

#include "io/socket_call.hpp"

#include <cstddef>
#include <linux/sockios.h>
#include <linux/tcp.h> // glibc's has no tcpi_bytes_acked
#include <netinet/in.h>
#include <sys/ioctl.h>

namespace ringlet::io {

socket_backlog backend::backlog(int fd) noexcept {
    int unacknowledged = 0;
    int unread = 0;
    ::ioctl(fd, SIOCOUTQ, &unacknowledged);
    ::ioctl(fd, SIOCINQ, &unread);
    return {static_cast<std::size_t>(unacknowledged), static_cast<std::size_t>(unread)};
}

std::uint64_t backend::acknowledged(int fd) noexcept {
    tcp_info info{};
    socklen_t size = sizeof info;
    constexpr std::size_t needed = offsetof(tcp_info, tcpi_bytes_acked) + sizeof(__u64);
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < needed)
        return 0;
    return info.tcpi_bytes_acked;
}

void backend::lift_unsent_limit(int fd) noexcept {
    io::lift_unsent_limit(fd);
}

} // namespace ringlet::io
