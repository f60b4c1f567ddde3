#include "http/encoding.hpp"

#include "http/syntax.hpp"

#include <algorithm>
#include <optional>

namespace ringlet::http {
namespace {

// Below or beside every coding asked for, and ties go to the coding.
constexpr std::uint16_t q_unmentioned_identity = 1;

constexpr std::array<std::string_view, coding_count> names{"identity", "gzip", "br", "zstd"};
constexpr std::array<std::string_view, coding_count> suffixes{"", ".gz", ".br", ".zst"};
constexpr std::array<coding, coding_count> preference{coding::br, coding::zstd, coding::gzip,
                                                      coding::identity};

constexpr std::size_t index(coding c) noexcept {
    return static_cast<std::size_t>(c);
}

/// `lower` has no capitals.
bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
    });
}

/// What follows a coding's `;`: only a weight may.
std::optional<std::uint16_t> parse_weight(std::string_view parameter) noexcept {
    parameter = trim(parameter);
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q="))
        return std::nullopt;
    return parse_qvalue(parameter.substr(2));
}

/// What the members say, before `*` and the defaults fill in what they leave open.
struct stated_weights {
    std::array<std::optional<std::uint16_t>, coding_count> by_coding{};
    std::optional<std::uint16_t> any_other;
};

std::optional<std::uint16_t>* slot(stated_weights& stated, std::string_view token) noexcept {
    if (token == "*")
        return &stated.any_other;
    if (equals_ignoring_case(token, "x-gzip")) // RFC 9110 section 8.4.1.3
        return &stated.by_coding[index(coding::gzip)];
    for (std::size_t i = 0; i < coding_count; ++i)
        if (equals_ignoring_case(token, names[i]))
            return &stated.by_coding[i];
    return nullptr;
}

void read_member(stated_weights& stated, std::string_view member) noexcept {
    const std::size_t semicolon = member.find(';');
    const auto q =
        semicolon == std::string_view::npos ? q_one : parse_weight(member.substr(semicolon + 1));
    if (!q)
        return;
    if (auto* weight = slot(stated, trim(member.substr(0, semicolon))))
        *weight = q;
}

void read_list(stated_weights& stated, std::string_view list) noexcept {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        read_member(stated, list.substr(0, comma));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
}

accepted_codings complete(const stated_weights& stated) noexcept {
    accepted_codings accepted;
    for (std::size_t i = 0; i < coding_count; ++i) {
        const std::uint16_t unmentioned =
            i == index(coding::identity) ? q_unmentioned_identity : std::uint16_t{0};
        accepted.q[i] = stated.by_coding[i].value_or(stated.any_other.value_or(unmentioned));
    }
    return accepted;
}

} // namespace

std::string_view name(coding c) noexcept {
    return names[index(c)];
}

std::string_view suffix(coding c) noexcept {
    return suffixes[index(c)];
}

bool is_compressible(std::string_view type) noexcept {
    const auto ends_with = [type](std::string_view s) {
        return type.substr(0, type.find(';')).ends_with(s);
    };
    return type.starts_with("text/") || ends_with("json") || ends_with("xml") ||
           ends_with("javascript") || ends_with("/wasm") || ends_with("font/ttf") ||
           ends_with("font/otf") || ends_with("/x-icon") || ends_with("octet-stream");
}

coding_list accepted_codings::order() const noexcept {
    coding_list best_first;
    for (const coding c : preference) {
        if (q[index(c)] == 0)
            continue;
        const auto worse = std::ranges::find_if(
            best_first, [&](coding other) { return q[index(other)] < q[index(c)]; });
        best_first.insert(worse, c);
    }
    return best_first;
}

accepted_codings parse_accept_encoding(const request_head& head) noexcept {
    stated_weights stated;
    head.for_each(field_id::accept_encoding,
                  [&](std::string_view value) { read_list(stated, value); });
    return complete(stated);
}

accepted_codings parse_accept_encoding(std::span<const std::string_view> values) noexcept {
    stated_weights stated;
    for (const std::string_view value : values)
        read_list(stated, value);
    return complete(stated);
}

} // namespace ringlet::http
