#include "server/listening.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>

namespace ringlet {
namespace {

std::optional<int> option_of(int fd, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(fd, SOL_SOCKET, name, &value, &size) != 0)
        return std::nullopt;
    return value;
}

[[noreturn]] void refuse(int fd, const char* why) {
    throw std::runtime_error("descriptor " + std::to_string(fd) + " of LISTEN_FDS " + why);
}

socket_address address_of(int fd) {
    socket_address at;
    at.length = sizeof at.address;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at.address), &at.length);
    return at;
}

void check(int fd) {
    const auto type = option_of(fd, SO_TYPE);
    if (!type)
        refuse(fd, "is not a socket; pass listening stream sockets (ListenStream=)");
    const int family = address_of(fd).address.ss_family;
    if (family == AF_UNIX)
        refuse(fd, "is a Unix-domain socket; only TCP is served: pass an address and a port");
    if (*type != SOCK_STREAM || (family != AF_INET && family != AF_INET6))
        refuse(fd, "is not a TCP socket; pass listening stream sockets (ListenStream=)");
    if (option_of(fd, SO_ACCEPTCONN) != 1)
        refuse(fd, "does not listen; a connection of its own (Accept=yes) is not served");
}

void add_address(std::vector<socket_address>& to, const socket_address& at) {
    const std::string text = at.text();
    if (std::ranges::none_of(to, [&](const socket_address& a) { return a.text() == text; }))
        to.push_back(at);
}

unique_fd duplicate(int fd) {
    unique_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy)
        throw std::runtime_error(std::string("cannot share a listening socket: ") +
                                 std::strerror(errno) + "; raise the open files limit (ulimit -n)");
    return copy;
}

} // namespace

listening_sockets open_sockets(std::vector<socket_address> at, unsigned workers, int backlog) {
    listening_sockets opened;
    for (socket_address& a : at) {
        auto here = listen_on(a, workers, backlog);
        std::ranges::move(here, std::back_inserter(opened.fds));
    }
    opened.at = std::move(at);
    return opened;
}

listening_sockets adopt_sockets(std::vector<unique_fd> fds) {
    listening_sockets adopted;
    for (const unique_fd& fd : fds) {
        check(fd.get());
        prepare_listening(fd.get());
        add_address(adopted.at, address_of(fd.get()));
    }
    adopted.fds = std::move(fds);
    return adopted;
}

std::vector<std::vector<unique_fd>> share_out(const listening_sockets& sockets, unsigned workers) {
    std::map<std::string, std::vector<int>> by_address;
    for (const unique_fd& fd : sockets.fds)
        by_address[address_of(fd.get()).text()].push_back(fd.get());
    std::vector<std::vector<unique_fd>> shares(workers);
    for (const auto& [at, fds] : by_address)
        for (std::size_t i = 0; i < std::max<std::size_t>(fds.size(), workers); ++i)
            shares[i % workers].push_back(duplicate(fds[i % fds.size()]));
    return shares;
}

} // namespace ringlet
