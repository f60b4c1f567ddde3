// Listening sockets.
#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace ringlet {

/// A socket address as the system takes it and as people write it.
struct socket_address {
    sockaddr_storage address{};
    socklen_t length = 0;

    /// "127.0.0.1:8080" or "[::1]:8080".
    std::string text() const;
};

/// Reads ADDRESS:PORT, [IPv6]:PORT, or :PORT for all addresses. Throws std::invalid_argument with
/// one line that says what is allowed.
socket_address parse_endpoint(std::string_view text);

/// One listening socket per worker, all on the same port (SO_REUSEPORT), or std::runtime_error with
/// one line that names the address and the remedy. A port 0 in `at` is replaced by the one that was
/// given.
std::vector<unique_fd> listen_on(socket_address& at, unsigned workers, int backlog);

/// What a listening socket needs beside an address, whoever has opened it.
void prepare_listening(int fd);

/// The peer's address; of no family when it is unknown.
sockaddr_storage peer_of(int fd) noexcept;

/// The same without its port, for logs; "-" when it is unknown.
std::string peer_address(int fd);

} // namespace ringlet
