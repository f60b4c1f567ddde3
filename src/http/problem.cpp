#include "http/problem.hpp"

#include "http/status.hpp"

#include <algorithm>
#include <cstddef>

namespace ringlet::http {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

/// What the first byte of a character asks of the others (Unicode, table 3-7): their number, and
/// the range of the second, by which overlong forms, surrogates and numbers too large are told.
struct sequence {
    std::size_t size = 0; // 0: no character begins so
    unsigned char second_min = 0x80;
    unsigned char second_max = 0xbf;
};

sequence sequence_of(unsigned char first) noexcept {
    if (first < 0x80)
        return {1};
    if (first < 0xc2)
        return {};
    if (first < 0xe0)
        return {2};
    if (first < 0xf0)
        return {3, static_cast<unsigned char>(first == 0xe0 ? 0xa0 : 0x80),
                static_cast<unsigned char>(first == 0xed ? 0x9f : 0xbf)};
    if (first < 0xf5)
        return {4, static_cast<unsigned char>(first == 0xf0 ? 0x90 : 0x80),
                static_cast<unsigned char>(first == 0xf4 ? 0x8f : 0xbf)};
    return {};
}

/// The character at the beginning of `text`, or the bytes that one replacement stands for: as many
/// as could have begun a character.
struct character {
    std::size_t size;
    bool good;
};

character first_character(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const sequence wanted = sequence_of(byte(0));
    if (wanted.size == 0)
        return {1, false};
    std::size_t size = 1;
    unsigned char min = wanted.second_min, max = wanted.second_max;
    for (; size < std::min(wanted.size, text.size()); ++size, min = 0x80, max = 0xbf)
        if (byte(size) < min || byte(size) > max)
            break;
    return {size, size == wanted.size};
}

void append_ascii(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
        out += {'\\', c};
    else if (c == '\n')
        out += "\\n";
    else if (byte < 0x20)
        out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
    else
        out += c;
}

void append_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const character next = first_character(text);
        if (!next.good)
            out += replacement;
        else if (next.size == 1)
            append_ascii(out, text.front());
        else
            out += text.substr(0, next.size);
        text.remove_prefix(next.size);
    }
    out += '"';
}

} // namespace

void problem_json(std::string& out, status s, std::string_view detail,
                  std::string_view request_id) {
    const std::string code = std::to_string(static_cast<unsigned>(s));
    const std::string_view phrase = reason_phrase(s);
    out += R"({"type":"about:blank","title":)";
    append_string(out, phrase.empty() ? "Status " + code : std::string(phrase));
    out += R"(,"status":)";
    out += code;
    if (!detail.empty()) {
        out += R"(,"detail":)";
        append_string(out, detail);
    }
    if (!request_id.empty()) {
        out += R"(,"request_id":)";
        append_string(out, request_id);
    }
    out += '}';
}

} // namespace ringlet::http
