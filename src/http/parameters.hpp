// Parameters behind a value, as Content-Type and Content-Disposition have them.
#pragma once

#include <optional>
#include <string_view>

namespace ringlet::http {

/// One `name=value`, as views into the text it was taken from.
struct raw_parameter {
    std::string_view name;
    std::string_view value; // without its quotes; what is escaped in it still is
    bool quoted;
};

/// Takes the next parameter off the front of `rest`, which begins at a `;` (RFC 9110 section
/// 5.6.6). Nothing at the end, where `rest` is empty then, and nothing when what comes is
/// malformed, where it is not.
///
/// In a quoted string a backslash and a quote are an escaped quote, unless the text ends with them:
/// browsers escape no backslash.
std::optional<raw_parameter> take_parameter(std::string_view& rest) noexcept;

} // namespace ringlet::http
