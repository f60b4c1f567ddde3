// Connected and listening sockets for tests, and the blocking other side.
#pragma once

#include "base/unique_fd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace ringlet::testing {

inline int checked(int result, const char* what) {
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
    return result;
}

struct fd_pair {
    unique_fd ours;
    unique_fd theirs;
};

inline fd_pair stream_pair() {
    int fds[2];
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
    return {unique_fd(fds[0]), unique_fd(fds[1])};
}

inline unique_fd tcp_socket() {
    return unique_fd(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

inline sockaddr_in loopback_address(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// Listens on an ephemeral port of the loopback.
struct listening {
    explicit listening(int backlog = 1024) : fd(tcp_socket()) {
        sockaddr_in address = loopback_address(0);
        socklen_t length = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        checked(bind(fd.get(), generic, length), "bind");
        checked(::listen(fd.get(), backlog), "listen");
        checked(getsockname(fd.get(), generic, &length), "getsockname");
        port = ntohs(address.sin_port);
    }
    unique_fd fd;
    std::uint16_t port = 0;
};

/// `window_bytes`, unless 0, is about what the peer can send before somebody reads.
inline unique_fd connect_to(std::uint16_t port, int window_bytes = 0) {
    unique_fd fd = tcp_socket();
    if (window_bytes != 0)
        checked(setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &window_bytes, sizeof window_bytes),
                "receive buffer");
    sockaddr_in address = loopback_address(port);
    checked(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "connect");
    return fd;
}

/// A port whose queue is full: whoever connects to it waits.
class full_listener {
  public:
    full_listener() : at_(0), first_(connect_to(at_.port)) {}
    std::uint16_t port() const noexcept { return at_.port; }

  private:
    listening at_;
    unique_fd first_; // a backlog of 0 holds one
};

inline fd_pair tcp_pair() {
    const listening at;
    unique_fd theirs = connect_to(at.port);
    return {unique_fd(checked(accept4(at.fd.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept")),
            std::move(theirs)};
}

/// False when nothing happened on `fd` for a long time.
inline bool wait_for(int fd, short events) {
    pollfd p{fd, events, 0};
    return poll(&p, 1, 30'000) == 1;
}

/// Whether there is something to read right now.
inline bool readable(int fd) {
    pollfd p{fd, POLLIN, 0};
    return poll(&p, 1, 0) == 1;
}

inline void write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        if (!wait_for(fd, POLLOUT))
            throw std::runtime_error("the peer does not read");
        const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            continue;
        checked(static_cast<int>(n), "send");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

/// Writes until the peer's window is full; returns how much that was.
inline std::size_t flood(int fd, std::string_view bytes) {
    std::size_t sent = 0;
    while (sent != bytes.size()) {
        const ssize_t n =
            ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            break;
        sent += static_cast<std::size_t>(n);
    }
    return sent;
}

/// What comes until the end of the stream, `most` at a time. A reset ends it as well.
inline std::string read_all(int fd, std::size_t most = 64 * 1024) {
    std::string all;
    std::string part(most, '\0');
    while (wait_for(fd, POLLIN)) {
        const ssize_t n = ::read(fd, part.data(), part.size());
        if (n <= 0)
            return all;
        all.append(part, 0, static_cast<std::size_t>(n));
    }
    throw std::runtime_error("the peer neither sends nor closes");
}

/// Makes the next close() of `fd` a reset.
inline void linger_zero(int fd) {
    const linger off{1, 0};
    checked(setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof off), "linger");
}

/// Bytes whose every part differs, so that what is lost, doubled or swapped shows, and others for
/// every `seed` (not 0). Word by word, as there are many and a sanitizer looks at each step.
inline std::string pattern(std::size_t bytes, std::uint64_t seed = 88172645463325252U) {
    std::string s(bytes + sizeof seed, '\0');
    char* const to = s.data();
    std::uint64_t x = seed;
    for (std::size_t at = 0; at < bytes; at += sizeof x) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        std::memcpy(to + at, &x, sizeof x);
    }
    s.resize(bytes);
    return s;
}

} // namespace ringlet::testing
