// Server-sent events (WHATWG HTML section 9.2), the content of text/event-stream.
#pragma once

#include <string>
#include <string_view>

namespace ringlet::http {

/// Appends one event. `data` is UTF-8 and may have lines ended by CRLF, CR or LF: the client gets
/// them all as LF. `name` and `id` are left out when empty; the client then takes the event for a
/// "message", and keeps the id it had.
///
/// False, with nothing appended, for CR, LF or NUL in `name` or `id`: they would end the line, or
/// have the client ignore it.
[[nodiscard]] bool append_event(std::string& out, std::string_view data, std::string_view name,
                                std::string_view id);

/// Appends a comment, which clients ignore: sent now and then, it keeps the connection from
/// looking idle.
void append_comment(std::string& out);

} // namespace ringlet::http
