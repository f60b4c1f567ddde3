// The page people see when there is nothing else to show.
#pragma once

#include "http/types.hpp"

#include <string>
#include <string_view>

namespace ringlet::http {

/// Appends `text` so that it is plain text both in HTML content and in a quoted attribute.
void html_escape(std::string& out, std::string_view text);

/// Appends a whole HTML document of less than 1 KiB, in UTF-8, that loads nothing and names no
/// server version. `detail` is escaped, cut when long, and may be empty.
void error_page(std::string& out, status s, std::string_view detail);

} // namespace ringlet::http
