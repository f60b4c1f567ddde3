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

/// The phrase that goes with `s`; empty where none is known, as a status line may have it (RFC 9112
/// section 4).
inline std::string_view reason_phrase(status s) noexcept {
    if (boost::beast::http::int_to_status(static_cast<unsigned>(s)) == status::unknown)
        return {};
    const auto phrase = boost::beast::http::obsolete_reason(s);
    return {phrase.data(), phrase.size()};
}

} // namespace ringlet::http
