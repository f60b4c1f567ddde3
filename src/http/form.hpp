// application/x-www-form-urlencoded, in request content and in queries.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet::http {

using name_values = std::vector<std::pair<std::string, std::string>>;

/// Replaces `out` by the names and values of a form, decoded and in order, after the WHATWG's URL
/// standard, "urlencoded parsing": a name without `=` has an empty value, and empty sequences
/// between `&` are skipped. The result is bytes as the client meant them: zeros, line ends and
/// what is not UTF-8 are possible.
///
/// False, with `out` unspecified, for more than limits::form_fields, and for a malformed escape,
/// which that standard would take literally.
bool decode_form(std::string_view text, name_values& out);

} // namespace ringlet::http
