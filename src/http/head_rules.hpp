// What a well-formed request head must obey besides (RFC 9110 section 7, RFC 9112 sections 3 to 6).
#pragma once

#include "http/request_head.hpp"
#include "http/request_line.hpp"

#include <string_view>

namespace ringlet::http {

/// Why a head is refused: the answer, and a static text for the log.
struct fault {
    status error = status::ok;
    const char* reason = nullptr; // null: no fault

    explicit operator bool() const noexcept { return reason != nullptr; }
};

constexpr fault no_fault{};

constexpr fault bad_request(const char* reason) {
    return {status::bad_request, reason};
}

/// Takes one head's lines in order, as its parser finds them, and enters into `head` what they say.
/// Whatever it finds at fault ends the parse.
class head_rules {
  public:
    explicit head_rules(request_head& head) : head_(head) {}

    /// `head.method` is known by then.
    fault add_line(const request_line& line);
    fault add_field(const field_view& f);
    /// What needs the whole head. Malformed beats unsupported.
    fault finish();

  private:
    fault check_single(const field_view& f) const;
    fault add_host(std::string_view value);
    fault add_content_length(std::string_view value);
    fault add_transfer_encoding(std::string_view value);
    fault add_connection(std::string_view value);
    void add_expect(std::string_view value);
    fault check_host() const;
    fault settle_framing();

    request_head& head_;
    std::string_view authority_; // of the target
    bool has_host_ = false;
    bool has_length_ = false;
    bool has_coding_ = false;
    bool chunked_ = false; // the last coding seen
    bool other_coding_ = false;
    bool close_ = false;
    bool keep_alive_ = false;
    bool continue_ = false;
    bool other_expectation_ = false;
};

} // namespace ringlet::http
