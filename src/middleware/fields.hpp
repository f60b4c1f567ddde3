// Fields of a response whose value is a list (RFC 9110 section 5.6.1).
#pragma once

#include "ringlet/response.hpp"

#include <string_view>

namespace ringlet {

/// Whether there is a field of that name, even an empty one.
bool has_field(const response& r, std::string_view name) noexcept;

/// Whether one of the fields of that name has `member`, in any case.
bool has_member(const response& r, std::string_view name, std::string_view member) noexcept;

/// One more member, behind those that are there.
void add_member(response& r, std::string_view name, std::string_view member);

/// That the answer depends on the request's field `on` (RFC 9110 section 12.5.5). Said once.
void add_vary(response& r, std::string_view on);

} // namespace ringlet
