#include "http/range.hpp"

#include "http/syntax.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

namespace ringlet::http {
namespace {

using ranges_vector = decltype(range_set::ranges);

constexpr std::string_view unit = "bytes";

constexpr std::string_view delimiter = "\r\n--";
constexpr std::string_view part_type = "\r\nContent-Type: ";
constexpr std::string_view part_range = "\r\nContent-Range: ";
constexpr std::string_view part_head_end = "\r\n\r\n";
constexpr std::string_view multipart_end = "--\r\n";
constexpr std::string_view range_prefix = "bytes ";

std::string_view take_member(std::string_view& list) noexcept {
    const std::size_t comma = list.find(',');
    const std::string_view member = trim(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return member;
}

/// Takes `bytes=` off the front; range units are case-insensitive (RFC 9110 section 14.1).
bool take_unit(std::string_view& value) noexcept {
    const auto same_letter = [](char a, char b) {
        return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
    };
    if (value.size() <= unit.size() || value[unit.size()] != '=' ||
        !std::ranges::equal(value.substr(0, unit.size()), unit, same_letter))
        return false;
    value.remove_prefix(unit.size() + 1);
    return true;
}

/// 1*DIGIT; what does not fit becomes the largest number, which is beyond the end of any file.
std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (stop != end || error == std::errc::invalid_argument)
        return std::nullopt;
    if (error == std::errc::result_out_of_range)
        return std::numeric_limits<std::uint64_t>::max();
    return number;
}

enum class spec : std::uint8_t { malformed, unsatisfiable, satisfiable };

/// `-500`: the last bytes, or all when there are fewer.
spec parse_suffix_range(std::string_view digits, std::uint64_t size, byte_range& out) noexcept {
    const auto length = parse_number(digits);
    if (!length)
        return spec::malformed;
    if (*length == 0)
        return spec::unsatisfiable;
    out = {size - std::min(*length, size), size - 1};
    return spec::satisfiable;
}

/// `0-499`, `500-` or `-500`. `size` is not 0.
spec parse_spec(std::string_view text, std::uint64_t size, byte_range& out) noexcept {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos)
        return spec::malformed;
    const std::string_view after = text.substr(dash + 1);
    if (dash == 0)
        return parse_suffix_range(after, size, out);

    const auto first = parse_number(text.substr(0, dash));
    const auto last =
        after.empty() ? std::numeric_limits<std::uint64_t>::max() : parse_number(after);
    if (!first || !last || *last < *first)
        return spec::malformed;
    if (*first >= size)
        return spec::unsatisfiable;
    out = {*first, std::min(*last, size - 1)};
    return spec::satisfiable;
}

bool touch(byte_range a, byte_range b) noexcept {
    return a.first <= b.last + 1 && b.first <= a.last + 1;
}

/// Adds a range, swallowing those it touches. One pass is enough: those already there do not touch
/// each other, so what `range` grows by cannot reach a further one.
void add_coalesced(ranges_vector& ranges, byte_range range) {
    std::size_t kept = 0;
    std::optional<std::size_t> place;
    for (const byte_range& other : ranges) {
        if (!touch(other, range)) {
            ranges[kept++] = other;
            continue;
        }
        range = {std::min(range.first, other.first), std::max(range.last, other.last)};
        place = place.value_or(kept);
    }
    ranges.resize(kept);
    ranges.insert(ranges.begin() + static_cast<std::ptrdiff_t>(place.value_or(kept)), range);
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

std::uint64_t digit_count(std::uint64_t number) noexcept {
    std::uint64_t count = 1;
    for (; number >= 10; number /= 10)
        ++count;
    return count;
}

} // namespace

range_set parse_ranges(std::string_view value, std::uint64_t size) noexcept {
    if (size == 0 || !take_unit(value))
        return {};
    range_set set;
    std::size_t members = 0;
    std::uint64_t total = 0;
    while (!value.empty()) {
        const std::string_view member = take_member(value);
        if (member.empty())
            continue; // to be put up with: RFC 9110 section 5.6.1.2
        byte_range range;
        const spec what = parse_spec(member, size, range);
        if (what == spec::malformed || ++members > limits::ranges_per_request)
            return {};
        if (what == spec::unsatisfiable)
            continue;
        if (range.length() > size - total)
            return {};
        total += range.length();
        add_coalesced(set.ranges, range);
    }
    if (members > 0)
        set.result = set.ranges.empty() ? range_set::kind::unsatisfiable : range_set::kind::partial;
    return set;
}

void append_content_range(std::string& out, byte_range range, std::uint64_t size) {
    out += range_prefix;
    append_number(out, range.first);
    out += '-';
    append_number(out, range.last);
    out += '/';
    append_number(out, size);
}

void append_unsatisfied_range(std::string& out, std::uint64_t size) {
    out += range_prefix;
    out += "*/";
    append_number(out, size);
}

multipart_boundary make_boundary(std::uint64_t random) noexcept {
    multipart_boundary boundary;
    for (auto at = boundary.chars.rbegin(); at != boundary.chars.rend(); ++at, random >>= 4)
        *at = "0123456789abcdef"[random & 0xf];
    return boundary;
}

void append_multipart_type(std::string& out, const multipart_boundary& boundary) {
    out += "multipart/byteranges; boundary=";
    out += boundary.view();
}

void append_part_head(std::string& out, const multipart_boundary& boundary,
                      std::string_view content_type, byte_range range, std::uint64_t size) {
    out += delimiter;
    out += boundary.view();
    out += part_type;
    out += content_type;
    out += part_range;
    append_content_range(out, range, size);
    out += part_head_end;
}

void append_multipart_end(std::string& out, const multipart_boundary& boundary) {
    out += delimiter;
    out += boundary.view();
    out += multipart_end;
}

std::uint64_t multipart_length(std::string_view content_type, std::span<const byte_range> ranges,
                               std::uint64_t size) noexcept {
    constexpr std::uint64_t delimiter_bytes =
        delimiter.size() + std::tuple_size_v<decltype(multipart_boundary::chars)>;
    const std::uint64_t head_bytes = delimiter_bytes + part_type.size() + content_type.size() +
                                     part_range.size() + range_prefix.size() + 2 +
                                     digit_count(size) + part_head_end.size();
    std::uint64_t total = delimiter_bytes + multipart_end.size();
    for (const byte_range& range : ranges)
        total += head_bytes + digit_count(range.first) + digit_count(range.last) + range.length();
    return total;
}

} // namespace ringlet::http
