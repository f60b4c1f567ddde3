// What a handler answers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ringlet {

/// Date, Server, Connection and Content-Length are the server's to write. HEAD is answered with the
/// same head and no content.
struct response {
    unsigned status = 200; // RFC 9110 section 15; 200 to 599
    std::string content_type;
    std::string body;
    /// Further fields. Names must be tokens and values free of CR, LF and NUL; else the answer
    /// becomes a 500.
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
