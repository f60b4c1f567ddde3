// A client that sends whatever bytes a test wants, in the pieces it wants, and reads answers
// without any HTTP library.
#pragma once

#include "support/sockets.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet::testing {

struct answer {
    unsigned status = 0;
    std::string head; // with its final empty line
    std::string body;
    bool complete = false; // as many bytes as Content-Length said, or all chunks and their end

    /// The first field of that name; empty if there is none.
    std::string field(std::string_view name) const {
        const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
        for (std::size_t at = head.find("\r\n"); at + 2 < head.size();
             at = head.find("\r\n", at + 2)) {
            const std::string_view line = std::string_view(head).substr(at + 2);
            if (line.size() <= name.size() || line[name.size()] != ':' ||
                !std::equal(name.begin(), name.end(), line.begin(), same))
                continue;
            std::string_view value = line.substr(name.size() + 1);
            value = value.substr(0, value.find("\r\n"));
            value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
            return std::string(value);
        }
        return {};
    }
};

class raw_client {
  public:
    explicit raw_client(std::uint16_t port) : fd_(connect_to(port)) {}

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
        answer a;
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos)
            if (!read_some())
                return std::nullopt;
        a.head = buffer_.substr(0, end + 4);
        buffer_.erase(0, end + 4);
        if (a.head.size() > 12)
            a.status = static_cast<unsigned>(std::atoi(a.head.c_str() + 9));
        if (a.field("Transfer-Encoding") == "chunked" && method != "HEAD") {
            read_chunks(a);
            return a;
        }
        const std::string length = a.field("Content-Length");
        const bool bodiless = method == "HEAD" || a.status == 304 || a.status == 204;
        const std::size_t size = bodiless || length.empty() ? 0 : std::stoull(length);
        while (buffer_.size() < size && read_some()) {
        }
        a.body = buffer_.substr(0, size);
        a.complete = a.body.size() == size;
        buffer_.erase(0, a.body.size());
        return a;
    }

    /// Everything until the server closes, what was read before included.
    std::string read_rest() {
        while (read_some()) {
        }
        return std::exchange(buffer_, {});
    }

    /// Whether the server closes without another byte.
    bool at_end() { return buffer_.empty() && !read_some(); }

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
    void read_chunks(answer& a) {
        for (;;) {
            std::size_t line = 0;
            while ((line = buffer_.find("\r\n")) == buffer_.npos)
                if (!read_some())
                    return;
            const std::size_t size = std::stoull(buffer_, nullptr, 16);
            while (buffer_.size() < line + 2 + size + 2)
                if (!read_some())
                    return;
            a.body += buffer_.substr(line + 2, size);
            buffer_.erase(0, line + 2 + size + 2);
            if (size == 0) {
                a.complete = true;
                return;
            }
        }
    }

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

/// A request head. `fields` are whole lines.
inline std::string request_text(std::string_view target, std::string_view fields = {},
                                std::string_view method = "GET") {
    std::string text(method);
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields);
    return text += "\r\n";
}

/// The same with content of known length.
inline std::string request_with(std::string_view target, std::string_view content,
                                std::string_view fields = {}, std::string_view method = "POST") {
    return request_text(target,
                        std::string(fields) + "Content-Length: " + std::to_string(content.size()) +
                            "\r\n",
                        method)
        .append(content);
}

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
