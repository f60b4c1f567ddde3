// The Cookie field (RFC 6265 section 4.2.1).
#pragma once

#include <optional>
#include <string_view>

namespace ringlet::http {

/// The value of the first cookie of that name in one Cookie field, without the quotes around it; a
/// view into the field. Names are case-sensitive. Of several with one name the first has the most
/// specific path (section 5.4), but a server should not rely on it. Pairs may be separated by `;`
/// alone, and what is no pair is skipped.
std::optional<std::string_view> find_cookie(std::string_view cookie_field_value,
                                            std::string_view name) noexcept;

} // namespace ringlet::http
