#include "http/field_name.hpp"

#include "http/syntax.hpp"

#include <array>
#include <cstdint>

namespace ringlet::http {
namespace {

struct known_field {
    std::string_view name;
    field_id id;
};

// In the order of their lengths.
constexpr std::array known{
    known_field{"Host", field_id::host},
    known_field{"Range", field_id::range},
    known_field{"Accept", field_id::accept},
    known_field{"Cookie", field_id::cookie},
    known_field{"Expect", field_id::expect},
    known_field{"Referer", field_id::referer},
    known_field{"If-Match", field_id::if_match},
    known_field{"If-Range", field_id::if_range},
    known_field{"Connection", field_id::connection},
    known_field{"User-Agent", field_id::user_agent},
    known_field{"Content-Type", field_id::content_type},
    known_field{"Authorization", field_id::authorization},
    known_field{"If-None-Match", field_id::if_none_match},
    known_field{"Content-Length", field_id::content_length},
    known_field{"Accept-Encoding", field_id::accept_encoding},
    known_field{"If-Modified-Since", field_id::if_modified_since},
    known_field{"Sec-WebSocket-Key", field_id::sec_websocket_key},
    known_field{"Transfer-Encoding", field_id::transfer_encoding},
    known_field{"If-Unmodified-Since", field_id::if_unmodified_since},
    known_field{"Sec-WebSocket-Version", field_id::sec_websocket_version},
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

} // namespace

field_id find_field(std::string_view name) noexcept {
    if (name.empty() || name.size() > longest)
        return field_id::unknown;
    for (auto i = first_of_length[name.size()]; i != first_of_length[name.size() + 1]; ++i)
        if (to_lower(known[i].name.front()) == to_lower(name.front()) &&
            iequals(known[i].name, name))
            return known[i].id;
    return field_id::unknown;
}

} // namespace ringlet::http
