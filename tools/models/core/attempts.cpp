#include "attempts.hpp"

#include "limits.hpp"

#include <cerrno>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace ringlet::models {

bool try_receive(int fd, conversation& talk) {
    char block[receive_bytes];
    const ssize_t n = ::recv(fd, block, sizeof block, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    talk.received({block, n > 0 ? static_cast<std::size_t>(n) : 0});
    return true;
}

bool try_send(int fd, conversation& talk) {
    const std::string_view bytes = talk.unsent();
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n < 0)
        talk.received({}); // the client has gone
    else
        talk.sent(static_cast<std::size_t>(n));
    discard_if_unread(fd, talk);
    return true;
}

void discard_if_unread(int fd, conversation& talk) {
    int unread = 0;
    if (talk.next() == step::close && ::ioctl(fd, FIONREAD, &unread) == 0 && unread > 0)
        talk.discard();
}

} // namespace ringlet::models
