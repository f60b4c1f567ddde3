#include "http/etag.hpp"

#include <algorithm>
#include <charconv>

namespace ringlet::http {
namespace {

constexpr std::string_view weak_prefix = "W/";

std::string_view opaque_tag(std::string_view etag) noexcept {
    if (etag.starts_with(weak_prefix))
        etag.remove_prefix(weak_prefix.size());
    return etag;
}

/// etagc: visible ASCII but the quote, and obs-text. A space is none.
bool is_etag_char(char c) noexcept {
    const auto u = static_cast<unsigned char>(c);
    return u == 0x21 || (u >= 0x23 && u != 0x7f);
}

void skip_ows(std::string_view& in) noexcept {
    in.remove_prefix(std::min(in.find_first_not_of(" \t"), in.size()));
}

/// Takes one entity tag off the front; empty when there is none.
std::string_view take_etag(std::string_view& in) noexcept {
    const std::size_t open = in.starts_with(weak_prefix) ? weak_prefix.size() : 0;
    if (open >= in.size() || in[open] != '"')
        return {};
    std::size_t end = open + 1;
    while (end < in.size() && is_etag_char(in[end]))
        ++end;
    if (end == in.size() || in[end] != '"')
        return {};
    const std::string_view tag = in.substr(0, end + 1);
    in.remove_prefix(end + 1);
    return tag;
}

} // namespace

etag_buffer make_etag(std::int64_t mtime_ns, std::uint64_t size, std::uint64_t inode) noexcept {
    etag_buffer tag;
    char* at = tag.chars.data();
    char* const end = at + tag.chars.size();
    char before = '"';
    for (const std::uint64_t part : {static_cast<std::uint64_t>(mtime_ns), size, inode}) {
        *at++ = before;
        at = std::to_chars(at, end, part, 16).ptr;
        before = '-';
    }
    *at++ = '"';
    tag.size = static_cast<std::uint8_t>(at - tag.chars.data());
    return tag;
}

bool strong_match(std::string_view a, std::string_view b) noexcept {
    return a == b && !a.starts_with(weak_prefix);
}

bool weak_match(std::string_view a, std::string_view b) noexcept {
    return opaque_tag(a) == opaque_tag(b);
}

bool etag_list_matches(std::string_view field_value, std::string_view etag,
                       etag_comparison how) noexcept {
    if (field_value == "*")
        return true;
    const auto match = how == etag_comparison::strong ? strong_match : weak_match;
    for (std::string_view rest = field_value;;) {
        skip_ows(rest);
        // Empty list members have to be put up with (RFC 9110 section 5.6.1.2).
        if (rest.starts_with(',')) {
            rest.remove_prefix(1);
            continue;
        }
        const std::string_view tag = take_etag(rest);
        if (tag.empty())
            return false;
        skip_ows(rest);
        if (!rest.empty() && rest.front() != ',')
            return false;
        if (match(tag, etag))
            return true;
    }
}

bool etag_field_matches(const request_head& head, field_id field, std::string_view etag,
                        etag_comparison how) noexcept {
    bool matches = false;
    head.for_each(field, [&](std::string_view value) {
        matches = matches || etag_list_matches(value, etag, how);
    });
    return matches;
}

} // namespace ringlet::http
