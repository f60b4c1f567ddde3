// Serialises a response head (RFC 9112 sections 4 and 5).
#pragma once

#include "http/types.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringlet::http {

/// Whether `value` may stand in a field line: CR, LF and NUL would let its author write fields,
/// or a whole response, of his own.
bool is_safe_field_value(std::string_view value) noexcept;

/// Appends a head to a string that outlives the writer:
///
///     head_writer(out, status::ok).field("Content-Length", 5u).end();
///
/// Values that come from outside must be checked with is_safe_field_value() or be encoded first;
/// here an unsafe one is a bug and asserts.
class head_writer {
  public:
    head_writer(std::string& out, status s);
    /// Without a status line: fields that are to stand in a head.
    explicit head_writer(std::string& out) noexcept : out_(out) {}

    head_writer& field(std::string_view name, std::string_view value);
    head_writer& field(std::string_view name, std::uint64_t value);

    /// The empty line. The content, if any, is appended behind it.
    void end();

  private:
    std::string& out_;
};

} // namespace ringlet::http
