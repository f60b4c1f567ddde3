// Request heads and what the parser makes of them, whole and cut at every byte.
#pragma once

#include "http/parser.hpp"
#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringlet::testing {

/// Parses a copy that ends at a guard page. The head's views die with it: only the result is used.
inline http::parse_result parse_guarded(std::string_view bytes) {
    const guarded_bytes guarded(bytes);
    http::request_head head;
    return http::parse_request_head(guarded.view(), head);
}

/// Every proper prefix is partial, the whole is complete, and bytes behind it change nothing.
inline void check_good(const std::string& bytes) {
    using namespace std::string_literals;
    INFO(bytes);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const http::parse_result r = parse_guarded(std::string_view(bytes).substr(0, n));
        INFO(n << " bytes: " << r.reason);
        REQUIRE(r.what == http::outcome::partial);
        REQUIRE(r.consumed == 0);
    }
    for (const std::string& more : {""s, "\r\n"s, "GET / HTTP/1.1\r\n"s, " \0\n"s}) {
        const http::parse_result r = parse_guarded(bytes + more);
        INFO(r.reason);
        REQUIRE(r.what == http::outcome::complete);
        REQUIRE(r.consumed == bytes.size());
    }
}

/// The whole is refused with `expected`; once a prefix is bad, every longer one is.
inline void check_bad(const std::string& bytes, http::status expected) {
    INFO(bytes);
    bool was_bad = false;
    for (std::size_t n = 0; n <= bytes.size(); ++n) {
        const http::parse_result r = parse_guarded(std::string_view(bytes).substr(0, n));
        INFO(n << " bytes: " << r.reason);
        REQUIRE(r.what != http::outcome::complete);
        REQUIRE((!was_bad || r.what == http::outcome::bad));
        was_bad = r.what == http::outcome::bad;
    }
    const http::parse_result r = parse_guarded(bytes);
    INFO(r.reason);
    CHECK(r.what == http::outcome::bad);
    CHECK(r.error == expected);
    CHECK(!std::string_view(r.reason).empty());
    CHECK(r.consumed == 0);
}

/// A head in HTTP/1.1 with these field lines besides Host.
inline std::string with_fields(const std::string& lines, const std::string& version = "1.1") {
    return "POST / HTTP/" + version + "\r\nHost: h\r\n" + lines + "\r\n";
}

inline std::string with_line(const std::string& request_line) {
    return request_line + "\r\nHost: h\r\n\r\n";
}

inline std::string with_host(const std::string& host) {
    return "GET / HTTP/1.1\r\nHost:" + host + "\r\n\r\n";
}

/// `bytes` must outlive the head.
inline http::request_head parsed(const std::string& bytes) {
    http::request_head head;
    const http::parse_result r = http::parse_request_head(bytes, head);
    INFO(bytes << r.reason);
    REQUIRE(r.what == http::outcome::complete);
    return head;
}

} // namespace ringlet::testing
