#include "http/field_name.hpp"

#include "http/syntax.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace ringlet::http {
namespace {

struct known_field {
    std::string_view name; // in lower case
    field_id id;
};

// In the order of their lengths.
constexpr std::array known{
    known_field{"host", field_id::host},
    known_field{"range", field_id::range},
    known_field{"accept", field_id::accept},
    known_field{"cookie", field_id::cookie},
    known_field{"expect", field_id::expect},
    known_field{"referer", field_id::referer},
    known_field{"if-match", field_id::if_match},
    known_field{"if-range", field_id::if_range},
    known_field{"connection", field_id::connection},
    known_field{"user-agent", field_id::user_agent},
    known_field{"content-type", field_id::content_type},
    known_field{"authorization", field_id::authorization},
    known_field{"if-none-match", field_id::if_none_match},
    known_field{"content-length", field_id::content_length},
    known_field{"accept-encoding", field_id::accept_encoding},
    known_field{"if-modified-since", field_id::if_modified_since},
    known_field{"sec-websocket-key", field_id::sec_websocket_key},
    known_field{"transfer-encoding", field_id::transfer_encoding},
    known_field{"if-unmodified-since", field_id::if_unmodified_since},
    known_field{"sec-websocket-version", field_id::sec_websocket_version},
};
constexpr std::size_t longest = known.back().name.size();

// Where those of a length begin.
constexpr auto first_of_length = [] {
    std::array<std::uint8_t, longest + 2> first{};
    for (std::size_t length = 0; length < first.size(); ++length)
        while (first[length] < known.size() && known[first[length]].name.size() < length)
            ++first[length];
    return first;
}();

std::uint64_t eight(const char* from) noexcept {
    std::uint64_t bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

/// Of tokens this makes capitals small, and nothing else a letter or a '-'.
std::uint64_t eight_in_lower(const char* from) noexcept {
    return eight(from) | 0x2020'2020'2020'2020;
}

/// A token, and a name in lower case that is as long. The last eight bytes may be compared twice.
bool is_that(std::string_view token, std::string_view name) noexcept {
    if (token.size() < 8)
        return iequals(token, name);
    const std::size_t last = token.size() - 8;
    for (std::size_t at = 0; at < last; at += 8)
        if (eight_in_lower(token.data() + at) != eight(name.data() + at))
            return false;
    return eight_in_lower(token.data() + last) == eight(name.data() + last);
}

} // namespace

field_id find_field(std::string_view name) noexcept {
    if (name.empty() || name.size() > longest)
        return field_id::unknown;
    for (auto i = first_of_length[name.size()]; i != first_of_length[name.size() + 1]; ++i)
        if (is_that(name, known[i].name))
            return known[i].id;
    return field_id::unknown;
}

} // namespace ringlet::http
