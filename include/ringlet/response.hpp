// What a handler answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringlet {

/// What belongs to the connection and its framing (Content-Length, Transfer-Encoding, Connection,
/// Keep-Alive, Upgrade, Trailer), and Date and Server, are the server's to write. HEAD is answered
/// with the same head and no content.
struct response {
    unsigned status = 200; // RFC 9110 section 15; 200 to 599
    std::string content_type;
    std::string body;
    /// Further fields. Names must be tokens and values free of CR, LF and NUL; else, and for the
    /// server's own fields and Content-Type, the answer becomes a 500.
    std::vector<std::pair<std::string, std::string>> fields;
};

/// 200 with text/plain in UTF-8.
inline response text(std::string body) {
    return {200, "text/plain; charset=utf-8", std::move(body), {}};
}

/// 200 with text/html in UTF-8.
inline response html(std::string body) {
    return {200, "text/html; charset=utf-8", std::move(body), {}};
}

} // namespace ringlet
