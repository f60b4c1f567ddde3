// Ranges lie within the representation and apart from each other.
#include "http/range.hpp"
#include "fuzz/fuzz.hpp"

#include <string>

namespace ringlet::fuzz {

void run(std::string_view input) {
    const unsigned which = take_byte(input);
    const std::uint64_t sizes[] = {0, 1, 2, 10, 1000, 1ULL << 40, ~0ULL - 1, ~0ULL};
    const std::uint64_t size = sizes[which % 8];
    const exact_copy value(input);
    const http::range_set set = http::parse_ranges(value.view(), size);
    require((set.result == http::range_set::kind::partial) == !set.ranges.empty());
    for (const http::byte_range& r : set.ranges) {
        require(r.first <= r.last && r.last < size);
        for (const http::byte_range& other : set.ranges)
            require(&r == &other || r.first > other.last || other.first > r.last);
    }
    if (set.ranges.size() < 2 || size > 1000)
        return;
    // The announced length is that of what is sent.
    const http::multipart_boundary boundary = http::make_boundary(which);
    std::string sent;
    for (const http::byte_range& r : set.ranges) {
        http::append_part_head(sent, boundary, "text/plain", r, size);
        sent.append(r.length(), 'x');
    }
    http::append_multipart_end(sent, boundary);
    require(http::multipart_length("text/plain", set.ranges, size) == sent.size());
}

} // namespace ringlet::fuzz
