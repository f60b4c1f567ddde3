#include "http/event.hpp"

#include "http/head_writer.hpp"

#include <algorithm>

namespace ringlet::http {
namespace {

void append_line(std::string& out, std::string_view field, std::string_view value) {
    out.append(field).append(": ").append(value).append("\n");
}

void append_data(std::string& out, std::string_view data) {
    for (;;) {
        const auto end = std::min(data.find_first_of("\r\n"), data.size());
        append_line(out, "data", data.substr(0, end));
        if (end == data.size())
            return;
        data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    }
}

} // namespace

bool append_event(std::string& out, std::string_view data, std::string_view name,
                  std::string_view id) {
    // The same bytes as in a field of HTTP would do harm.
    if (!is_safe_field_value(name) || !is_safe_field_value(id))
        return false;
    if (!name.empty())
        append_line(out, "event", name);
    if (!id.empty())
        append_line(out, "id", id);
    append_data(out, data);
    out += '\n';
    return true;
}

void append_comment(std::string& out) {
    out += ": \n\n";
}

} // namespace ringlet::http
