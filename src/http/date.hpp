// HTTP-date (RFC 9110 section 5.6.7), independent of locale and time zone.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ringlet::http {

/// Exactly one IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`; no terminating NUL.
using http_date = std::array<char, 29>;

/// Times outside the years 1 to 9999 are clamped to them: the format has four digits.
void format_date(std::int64_t unix_seconds, http_date& out) noexcept;

/// Reads IMF-fixdate, rfc850-date or asctime-date, case-sensitively and with nothing before or
/// after. Days and months are checked against the calendar. The weekday has to be a name of the
/// right form, but need not be the date's: the date proper is unambiguous without it. Second 60 is
/// a leap second and counts as the second after :59.
///
/// A two-digit year becomes the latest year with these digits that is no more than 50 years after
/// `now_unix`.
std::optional<std::int64_t> parse_date(std::string_view text, std::int64_t now_unix) noexcept;

} // namespace ringlet::http
