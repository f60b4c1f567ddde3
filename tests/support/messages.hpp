// Requests and answers as bytes, written and read without any HTTP library.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet::testing {

struct answer {
    unsigned status = 0;
    std::string head; // with its final empty line
    std::string body;
    bool complete = false; // as many bytes as Content-Length said, or all chunks and their end

    /// The values of all fields of that name, in order.
    std::vector<std::string> fields(std::string_view name) const {
        const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
        std::vector<std::string> all;
        for (std::size_t at = head.find("\r\n"); at + 2 < head.size();
             at = head.find("\r\n", at + 2)) {
            const std::string_view line = std::string_view(head).substr(at + 2);
            if (line.size() <= name.size() || line[name.size()] != ':' ||
                !std::equal(name.begin(), name.end(), line.begin(), same))
                continue;
            std::string_view value = line.substr(name.size() + 1);
            value = value.substr(0, value.find("\r\n"));
            value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
            all.emplace_back(value);
        }
        return all;
    }

    /// The first field of that name; empty if there is none.
    std::string field(std::string_view name) const {
        const std::vector<std::string> all = fields(name);
        return all.empty() ? std::string() : all.front();
    }
};

template <class More>
void take_chunks(std::string& bytes, answer& a, More& more) {
    for (;;) {
        std::size_t line = 0;
        while ((line = bytes.find("\r\n")) == bytes.npos)
            if (!more())
                return;
        const std::size_t size = std::stoull(bytes, nullptr, 16);
        while (bytes.size() < line + 2 + size + 2)
            if (!more())
                return;
        a.body += bytes.substr(line + 2, size);
        bytes.erase(0, line + 2 + size + 2);
        if (size == 0) {
            a.complete = true;
            return;
        }
    }
}

/// Takes one answer off the front of `bytes`; nothing when they end before its head does. What it
/// is for decides whether it has content. `more` appends to `bytes`, or returns false at their end.
template <class More>
std::optional<answer> take_answer(std::string& bytes, std::string_view method, More more) {
    answer a;
    std::size_t end = 0;
    while ((end = bytes.find("\r\n\r\n")) == bytes.npos)
        if (!more())
            return std::nullopt;
    a.head = bytes.substr(0, end + 4);
    bytes.erase(0, end + 4);
    if (a.head.size() > 12)
        a.status = static_cast<unsigned>(std::atoi(a.head.c_str() + 9));
    if (a.field("Transfer-Encoding") == "chunked" && method != "HEAD") {
        take_chunks(bytes, a, more);
        return a;
    }
    const std::string length = a.field("Content-Length");
    const bool bodiless = method == "HEAD" || a.status == 304 || a.status == 204;
    const std::size_t size = bodiless || length.empty() ? 0 : std::stoull(length);
    while (bytes.size() < size && more()) {
    }
    a.body = bytes.substr(0, size);
    a.complete = a.body.size() == size;
    bytes.erase(0, a.body.size());
    return a;
}

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

} // namespace ringlet::testing
