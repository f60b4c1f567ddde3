// The first line of a request (RFC 9112 section 3).
#pragma once

#include "http/outcome.hpp"

#include <cstddef>
#include <string_view>

namespace ringlet::http {

/// Views into the input it was parsed from.
struct request_line {
    std::string_view method;
    std::string_view target;
    unsigned version = 11; // 10 or 11: what to speak, which is 1.1 for a higher 1.x (RFC 9110, 2.5)
};

/// Parses the line at the beginning of `input`, with its CRLF: a method of token characters, a
/// target of visible ASCII without a fragment, and a version, with one space between them. What the
/// target means is not looked at; it may have `target_bytes`. Keeps no state, as
/// parse_request_head().
parse_result parse_request_line(std::string_view input, request_line& line,
                                std::size_t target_bytes) noexcept;

} // namespace ringlet::http
