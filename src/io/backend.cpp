#include "io/backend.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace ringlet::io {

socket_backlog backend::backlog(int fd) noexcept {
    int unacknowledged = 0;
    int unread = 0;
    ::ioctl(fd, SIOCOUTQ, &unacknowledged);
    ::ioctl(fd, SIOCINQ, &unread);
    return {static_cast<std::size_t>(unacknowledged), static_cast<std::size_t>(unread)};
}

} // namespace ringlet::io
