#include "service.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string_view>
#include <sys/socket.h>
#include <system_error>

namespace ringlet::models {
namespace {

void check(int result, const char* what) {
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
}

unique_fd listen_on(const settings& from, sockets kind) {
    const int flags = SOCK_CLOEXEC | (kind == sockets::nonblocking ? SOCK_NONBLOCK : 0);
    unique_fd fd(::socket(AF_INET, SOCK_STREAM | flags, 0));
    check(fd.get(), "socket");
    const int on = 1;
    // The connections inherit TCP_NODELAY: else the last part of an answer waits for the client to
    // confirm the one before it, which it takes 40 ms for.
    check(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    check(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(from.port);
    const std::string name = "127.0.0.1:" + std::to_string(from.port);
    check(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), name.c_str());
    check(::listen(fd.get(), from.backlog), name.c_str());
    return fd;
}

int port_of(const unique_fd& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    check(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size),
          "getsockname");
    return ntohs(address.sin_port);
}

} // namespace

service::service(const settings& from, sockets kind)
    : files_(from),
      listener_(listen_on(from, kind)),
      stop_(listener_.get()),
      kind_(kind),
      patience_(from.patience) {
    std::fprintf(stderr, "ringlet-models: serving %s at http://127.0.0.1:%d (%s)\n",
                 from.folder.c_str(), port_of(listener_), from.model.c_str());
}

unique_fd service::accept() const noexcept {
    const int flags = SOCK_CLOEXEC | (kind_ == sockets::nonblocking ? SOCK_NONBLOCK : 0);
    for (;;) {
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, flags);
        if (fd >= 0)
            return unique_fd(fd);
        switch (errno) {
        case EINTR:
        case ECONNABORTED: // it has gone meanwhile
            continue;
        case EAGAIN: // none is waiting
        case EINVAL: // the stop signal has come
            return {};
        default: // EMFILE: it stays in the queue, and so the socket stays ready: do not spin
            if (!stop_.pause(std::chrono::milliseconds(10)) || kind_ == sockets::nonblocking)
                return {};
        }
    }
}

void turn_away(unique_fd client) noexcept {
    constexpr std::string_view answer = "HTTP/1.1 503 Service Unavailable\r\n"
                                        "Connection: close\r\nContent-Length: 0\r\n\r\n";
    ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(client.get(), SHUT_WR);
    char request[4096]; // unread, it would make close() a reset, and the client miss the answer
    while (::recv(client.get(), request, sizeof request, MSG_DONTWAIT) > 0) {
    }
}

} // namespace ringlet::models
