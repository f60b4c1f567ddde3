// The smallest pieces of field syntax (RFC 9110 section 5.6).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace ringlet::http {

namespace detail {
constexpr std::array<bool, 256> make_token_set() noexcept {
    std::array<bool, 256> set{};
    for (int c = '0'; c <= '9'; ++c)
        set[static_cast<std::size_t>(c)] = true;
    for (int c = 'a'; c <= 'z'; ++c)
        set[static_cast<std::size_t>(c)] = set[static_cast<std::size_t>(c - 'a' + 'A')] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        set[static_cast<unsigned char>(c)] = true;
    return set;
}
inline constexpr std::array<bool, 256> token_set = make_token_set();
} // namespace detail

/// tchar: what tokens are made of.
constexpr bool is_token_char(char c) noexcept {
    return detail::token_set[static_cast<unsigned char>(c)];
}

constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

/// Without the spaces and tabs around it (OWS).
constexpr std::string_view trim(std::string_view text) noexcept {
    constexpr std::string_view ows = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(ows), text.size()));
    text.remove_suffix(text.size() - (text.find_last_not_of(ows) + 1));
    return text;
}

} // namespace ringlet::http
