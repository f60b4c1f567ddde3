// What is answered where no route leads: the files of a folder, or that there is nothing.
#pragma once

#include "ringlet/routes.hpp"

#include <string_view>

namespace ringlet {

/// The handler of what no route takes: a file where a folder may have one (data::from), else what
/// answer_other_method() says, or 404.
awaitable<response> answer_nowhere(request& req);

/// What files can be asked for.
inline constexpr std::string_view allowed_for_files = "GET, HEAD, OPTIONS";

/// Where there is something, but not for the request's method: 204 to OPTIONS, else 405, both with
/// Allow (RFC 9110 section 9.3.7 and 15.5.6).
response answer_other_method(request::data& asked, std::string_view allowed);

} // namespace ringlet
