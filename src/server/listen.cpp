#include "server/listen.hpp"

#include "io/socket_call.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>

namespace ringlet {
namespace {

[[noreturn]] void malformed(std::string_view text) {
    throw std::invalid_argument("--listen '" + std::string(text) +
                                "' is not ADDRESS:PORT; write 127.0.0.1:8080, [::1]:8080 or :8080 "
                                "(addresses, not names; ports 0 to 65535)");
}

std::uint16_t parse_port(std::string_view text, std::string_view whole) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size())
        malformed(whole);
    return port;
}

socket_address make_v6(const in6_addr& address, std::uint16_t port) {
    socket_address e;
    auto& in = reinterpret_cast<sockaddr_in6&>(e.address);
    in.sin6_family = AF_INET6;
    in.sin6_addr = address;
    in.sin6_port = htons(port);
    e.length = sizeof in;
    return e;
}

socket_address make_v4(const in_addr& address, std::uint16_t port) {
    socket_address e;
    auto& in = reinterpret_cast<sockaddr_in&>(e.address);
    in.sin_family = AF_INET;
    in.sin_addr = address;
    in.sin_port = htons(port);
    e.length = sizeof in;
    return e;
}

// "All addresses" is one IPv6 socket that takes IPv4 too; where there is no IPv6, an IPv4 one.
socket_address make_any(std::uint16_t port) {
    const unique_fd probe(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!probe && errno == EAFNOSUPPORT)
        return make_v4({.s_addr = htonl(INADDR_ANY)}, port);
    return make_v6(in6addr_any, port);
}

std::string address_text(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "-";
    if (address.ss_family == AF_INET6) {
        const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
        if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr))
            inet_ntop(AF_INET, &in.sin6_addr.s6_addr[12], text, sizeof text);
        else
            inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
    } else if (address.ss_family == AF_INET) {
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text,
                  sizeof text);
    }
    return text;
}

[[noreturn]] void cannot_listen(const socket_address& at, int error) {
    std::string why = std::strerror(error);
    if (error == EADDRINUSE)
        why = "the port is in use; stop the other server or choose another port with --listen";
    else if (error == EADDRNOTAVAIL)
        why = "this machine has no such address; choose another with --listen";
    else if (error == EACCES)
        why = "ports below 1024 need privileges; choose another with --listen or grant "
              "CAP_NET_BIND_SERVICE";
    throw std::runtime_error("cannot listen on " + at.text() + ": " + why);
}

void set_option(int fd, int level, int name, int value) {
    ::setsockopt(fd, level, name, &value, sizeof value);
}

unique_fd bind_to(const socket_address& at, bool shared) {
    unique_fd fd(::socket(at.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd)
        cannot_listen(at, errno);
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (shared)
        set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (at.address.ss_family == AF_INET6)
        set_option(
            fd.get(), IPPROTO_IPV6, IPV6_V6ONLY,
            !IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6&>(at.address).sin6_addr));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at.address), at.length) != 0)
        cannot_listen(at, errno);
    return fd;
}

} // namespace

std::string socket_address::text() const {
    if (address.ss_family == AF_INET6) {
        char host[INET6_ADDRSTRLEN];
        const auto& in = reinterpret_cast<const sockaddr_in6&>(address);
        inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host);
        return '[' + std::string(host) + "]:" + std::to_string(ntohs(in.sin6_port));
    }
    const auto& in = reinterpret_cast<const sockaddr_in&>(address);
    return address_text(address) + ':' + std::to_string(ntohs(in.sin_port));
}

socket_address parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || text.find('\0') != text.npos) // the system would read up to it
        malformed(text);
    const std::string host(text.substr(0, colon));
    const std::uint16_t port = parse_port(text.substr(colon + 1), text);
    if (host.empty())
        return make_any(port);
    if (host.front() == '[' && host.back() == ']') {
        in6_addr address;
        if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &address) != 1)
            malformed(text);
        return make_v6(address, port);
    }
    in_addr address;
    if (inet_pton(AF_INET, host.c_str(), &address) != 1)
        malformed(text);
    return make_v4(address, port);
}

std::vector<unique_fd> listen_on(socket_address& at, unsigned workers, int backlog) {
    // With SO_REUSEPORT a second server of the same user would be let in beside this one, and each
    // would get half of the connections. This probe is not let in.
    bind_to(at, false);

    std::vector<unique_fd> sockets;
    for (unsigned i = 0; i < workers; ++i) {
        sockets.push_back(bind_to(at, true));
        if (i == 0) // a port 0 is known now, and the others take the same
            ::getsockname(sockets[0].get(), reinterpret_cast<sockaddr*>(&at.address), &at.length);
    }
    for (const unique_fd& s : sockets) {
        prepare_listening(s.get());
        if (::listen(s.get(), backlog) != 0)
            cannot_listen(at, errno);
    }
    return sockets;
}

void prepare_listening(int fd) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); // accepted sockets inherit it
    io::limit_blocking_send(fd);                 // and what follows
    io::limit_unsent(fd);
    // Whoever shares the socket shares this, too: a ring waits all the same, and epoll has to be
    // told when another process was faster.
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

sockaddr_storage peer_of(int fd) noexcept {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        address.ss_family = AF_UNSPEC;
    return address;
}

std::string peer_address(int fd) {
    const sockaddr_storage address = peer_of(fd);
    return address.ss_family == AF_UNSPEC ? "-" : address_text(address);
}

} // namespace ringlet
