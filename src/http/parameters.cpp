#include "http/parameters.hpp"

#include "http/syntax.hpp"

#include <algorithm>

namespace ringlet::http {
namespace {

void skip_blanks(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::string_view take_token(std::string_view& text) noexcept {
    const auto end = std::ranges::find_if_not(text, is_token_char);
    const std::string_view token = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(token.size());
    return token;
}

/// Where the quoted string that begins behind `text`'s first byte has its closing quote, or npos.
std::size_t closing_quote(std::string_view text) noexcept {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"')
            return i;
        if (!is_text_char(text[i]))
            return text.npos;
        if (text[i] == '\\')
            ++i;
    }
    return text.ends_with("\\\"") ? text.size() - 1 : text.npos;
}

std::optional<raw_parameter> take_value(std::string_view& text, std::string_view name) noexcept {
    if (!text.starts_with('"')) {
        const std::string_view token = take_token(text);
        return token.empty() ? std::nullopt : std::optional(raw_parameter{name, token, false});
    }
    const auto end = closing_quote(text);
    if (end == text.npos)
        return std::nullopt;
    const std::string_view value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return raw_parameter{name, value, true};
}

} // namespace

std::optional<raw_parameter> take_parameter(std::string_view& rest) noexcept {
    std::string_view text = rest;
    skip_blanks(text);
    const bool separated = text.starts_with(';');
    while (text.starts_with(';')) { // empty ones are allowed
        text.remove_prefix(1);
        skip_blanks(text);
    }
    if (text.empty()) {
        rest = text;
        return std::nullopt;
    }
    const std::string_view name = take_token(text);
    if (!separated || name.empty() || !text.starts_with('='))
        return std::nullopt;
    text.remove_prefix(1);
    const auto p = take_value(text, name);
    if (p)
        rest = text;
    return p;
}

} // namespace ringlet::http
