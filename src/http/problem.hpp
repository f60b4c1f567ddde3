// Errors for programs (RFC 9457).
#pragma once

#include "http/types.hpp"

#include <string>
#include <string_view>

namespace ringlet::http {

/// Appends the content of an application/problem+json answer: a JSON object with `type`, `title`,
/// `status` and, where they are not empty, `detail` and `request_id`. What is not UTF-8 in these is
/// replaced by U+FFFD.
void problem_json(std::string& out, status s, std::string_view detail, std::string_view request_id);

} // namespace ringlet::http
