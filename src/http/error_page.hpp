// The page people see when there is nothing else to show.
#pragma once

#include "http/types.hpp"

#include <string>
#include <string_view>

namespace ringlet::http {

/// Appends `text` so that it is plain text both in HTML content and in a quoted attribute.
void html_escape(std::string& out, std::string_view text);

/// Appends a whole HTML document of less than 1 KiB, in UTF-8, that loads nothing and names no
/// server version. `detail`, and `request_id` by which the log can be searched, are escaped, cut
/// when long, and left out when empty.
void error_page(std::string& out, status s, std::string_view detail,
                std::string_view request_id = {});

} // namespace ringlet::http
