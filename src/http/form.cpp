#include "http/form.hpp"

#include "http/syntax.hpp"

#include "ringlet/limits.hpp"

#include <algorithm>
#include <optional>

namespace ringlet::http {
namespace {

/// As received.
struct raw_field {
    std::string_view name, value;
};

/// Takes the next field off the front; nothing when only empty sequences are left.
std::optional<raw_field> take_field(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of('&'), text.size()));
    if (text.empty())
        return std::nullopt;
    const std::string_view field = text.substr(0, text.find('&'));
    text.remove_prefix(field.size());
    const auto equals = std::min(field.find('='), field.size());
    return raw_field{field.substr(0, equals), field.substr(std::min(equals + 1, field.size()))};
}

/// Takes one decoded byte off the front, or gives -1 for a malformed escape.
int take_byte(std::string_view& raw) noexcept {
    const char c = raw.front();
    if (c != '%') {
        raw.remove_prefix(1);
        return c == '+' ? ' ' : static_cast<unsigned char>(c);
    }
    const int byte = escaped_byte(raw, 0);
    if (byte >= 0)
        raw.remove_prefix(3);
    return byte;
}

bool append_decoded(std::string_view raw, std::string& out) {
    out.reserve(out.size() + raw.size());
    while (!raw.empty()) {
        const int byte = take_byte(raw);
        if (byte < 0)
            return false;
        out += static_cast<char>(byte);
    }
    return true;
}

} // namespace

bool decode_form(std::string_view text, name_values& out) {
    out.clear();
    while (const auto field = take_field(text)) {
        if (out.size() == limits::form_fields)
            return false;
        auto& [name, value] = out.emplace_back();
        if (!append_decoded(field->name, name) || !append_decoded(field->value, value))
            return false;
    }
    return true;
}

} // namespace ringlet::http
