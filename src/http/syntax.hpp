// The smallest pieces of field syntax (RFC 9110 section 5.6).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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

/// HTAB, SP, VCHAR or obs-text: what field values and quoted strings are made of.
constexpr bool is_text_char(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// VCHAR, but for the mark of a fragment, which is not sent (RFC 9112 section 3.2).
constexpr bool is_target_char(char c) noexcept {
    return c > 0x20 && c < 0x7f && c != '#';
}

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// Without the spaces and tabs around it (OWS).
constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Names and most other words are the same in any case (of ASCII). Beast's function of this name
/// reads one byte beyond the end.
constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

/// -1 when it is no hexadecimal digit.
constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that the `%xx` at `at` stands for, or -1.
constexpr int escaped_byte(std::string_view s, std::size_t at) noexcept {
    if (s.size() - at < 3)
        return -1;
    const int high = hex_value(s[at + 1]);
    const int low = hex_value(s[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

inline constexpr std::uint16_t q_one = 1000;

/// qvalue (RFC 9110 section 12.4.2) in thousandths: `0` or `1`, and up to three decimals.
constexpr std::optional<std::uint16_t> parse_qvalue(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.'))
        return std::nullopt;
    unsigned q = 0;
    unsigned unit = q_one;
    for (std::size_t i = 0; i < text.size(); i += i == 0 ? 2 : 1, unit /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        q += unit * static_cast<unsigned>(text[i] - '0');
    }
    // The first digit alone can exceed one, and so can decimals after a one.
    if (q > q_one)
        return std::nullopt;
    return static_cast<std::uint16_t>(q);
}

} // namespace ringlet::http
