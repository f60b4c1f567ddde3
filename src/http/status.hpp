// What follows from a status code.
#pragma once

#include "http/types.hpp"

#include <string_view>

namespace ringlet::http {

/// Whether answers with this status have no content, whatever was asked (RFC 9110 sections 6.4.1
/// and 15.3.6).
constexpr bool never_has_content(unsigned code) noexcept {
    return code == 204 || code == 205 || code == 304;
}

} // namespace ringlet::http
