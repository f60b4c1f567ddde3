// A client that sends whatever bytes a test wants, in the pieces it wants.
#pragma once

#include "support/messages.hpp"
#include "support/sockets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet::testing {

class raw_client {
  public:
    explicit raw_client(std::uint16_t port, int window_bytes = 0)
        : fd_(connect_to(port, window_bytes)) {}

    int fd() const noexcept { return fd_.get(); }

    raw_client& send(std::string_view bytes) {
        write_all(fd_.get(), bytes);
        return *this;
    }

    /// As far as the server takes it: it may refuse to read on, or have closed.
    raw_client& offer(std::string_view bytes) {
        while (!bytes.empty()) {
            pollfd p{fd_.get(), POLLOUT, 0};
            const ssize_t n =
                ::poll(&p, 1, 1000) == 1
                    ? ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                    : -1;
            if (n <= 0)
                break;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return *this;
    }

    /// The next answer; nothing when the stream ends before its head does. What it is for decides
    /// whether it has content.
    std::optional<answer> read_answer(std::string_view method = "GET") {
        return take_answer(buffer_, method, [this] { return read_some(); });
    }

    /// Everything until the server closes, what was read before included.
    std::string read_rest() {
        while (read_some()) {
        }
        return std::exchange(buffer_, {});
    }

    /// Whether the server closes without another byte.
    bool at_end() { return buffer_.empty() && !read_some(); }

    /// Waits until that much has come, or the server has closed. It can still be read.
    void wait_for_bytes(std::size_t bytes) {
        while (buffer_.size() < bytes && read_some()) {
        }
    }

    /// What one receive brings.
    std::string read_once() {
        read_some();
        return std::exchange(buffer_, {});
    }

    void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_.reset(); }
    void reset() {
        linger_zero(fd_.get());
        close();
    }

  private:
    bool read_some() {
        if (!wait_for(fd_.get(), POLLIN))
            throw std::runtime_error("the server neither answers nor closes");
        char part[64 * 1024];
        const ssize_t n = ::read(fd_.get(), part, sizeof part);
        if (n <= 0)
            return false;
        buffer_.append(part, static_cast<std::size_t>(n));
        return true;
    }

    unique_fd fd_;
    std::string buffer_;
};

/// One request over a connection of its own.
inline answer ask(std::uint16_t port, std::string_view target, std::string_view fields = {},
                  std::string_view method = "GET") {
    raw_client client(port);
    client.send(request_text(target, std::string(fields) + "Connection: close\r\n", method));
    auto a = client.read_answer(method);
    if (!a)
        throw std::runtime_error("no answer to " + std::string(target));
    return *a;
}

} // namespace ringlet::testing
