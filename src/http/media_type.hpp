// Media types as fields name them (RFC 9110 sections 8.3.1 and 12.5.1).
#pragma once

#include "http/request_head.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringlet::http {

/// Whether a Content-Type is `essence`, such as `application/json`, in any case and with any
/// parameters.
bool is_media_type(std::string_view value, std::string_view essence) noexcept;

/// The first parameter of that name, in any case, without quotes and escapes. Nothing when there is
/// none, or none before something malformed.
std::optional<std::string> parameter(std::string_view value, std::string_view name);

/// Whether Accept asks for an error in JSON (application/json or application/problem+json) rather
/// than in HTML: the better of the JSON types has a higher q than text/html, or the same while only
/// `*/*` covers text/html and a narrower range covers JSON ("application/json, */*", as libraries
/// send). Where the client does not care, the answer is HTML.
///
/// For each type its most specific range counts. Parameters besides q are not looked at, and
/// malformed members are ignored.
bool prefers_json(const request_head& head) noexcept;

} // namespace ringlet::http
