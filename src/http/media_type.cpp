#include "http/media_type.hpp"

#include "http/parameters.hpp"
#include "http/syntax.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace ringlet::http {
namespace {

std::string_view essence_of(std::string_view value) noexcept {
    return trim(value.substr(0, value.find(';')));
}

std::string_view parameters_of(std::string_view value) noexcept {
    return value.substr(std::min(value.find(';'), value.size()));
}

/// What a quoted string stands for; nothing when it ends in half an escape.
std::optional<std::string> unescape(std::string_view quoted) {
    std::string plain;
    for (std::size_t i = 0; i < quoted.size(); ++i) {
        if (quoted[i] == '\\' && ++i == quoted.size())
            return std::nullopt;
        plain += quoted[i];
    }
    return plain;
}

// --- Accept ---

/// How narrow the range is that covers a type.
enum class breadth : std::uint8_t { none, anything, any_subtype, exact };

struct preference {
    breadth by = breadth::none;
    std::uint16_t q = 0;
};

/// `type` in lower case and without parameters.
breadth coverage(std::string_view range, std::string_view type) noexcept {
    if (range == "*/*")
        return breadth::anything;
    if (iequals(range, type))
        return breadth::exact;
    const std::string_view top = type.substr(0, type.find('/') + 1);
    return range.ends_with("/*") && iequals(range.substr(0, range.size() - 1), top)
               ? breadth::any_subtype
               : breadth::none;
}

void consider(preference& p, std::string_view type, std::string_view range,
              std::uint16_t q) noexcept {
    const breadth by = coverage(range, type);
    if (by != breadth::none)
        p = std::max(p, {by, q}, [](const preference& a, const preference& b) {
            return std::tie(a.by, a.q) < std::tie(b.by, b.q);
        });
}

/// Takes a member off the front of a list. A comma in a quoted string separates nothing.
std::string_view take_member(std::string_view& list) noexcept {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != ','); ++end) {
        if (list[end] == '"')
            quoted = !quoted;
        else if (quoted && list[end] == '\\')
            ++end;
    }
    end = std::min(end, list.size());
    const std::string_view member = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    return member;
}

/// The weight of a member of Accept: 1 if it does not say.
std::optional<std::uint16_t> weight(std::string_view member) noexcept {
    std::string_view rest = parameters_of(member);
    while (const auto p = take_parameter(rest))
        if (iequals(p->name, "q"))
            return p->quoted ? std::nullopt : parse_qvalue(p->value);
    return rest.empty() ? std::optional(q_one) : std::nullopt;
}

struct error_preferences {
    preference json, problem, html;

    void read(std::string_view list) noexcept {
        while (!list.empty()) {
            const std::string_view member = take_member(list);
            const auto q = weight(member);
            if (!q)
                continue;
            const std::string_view range = essence_of(member);
            consider(json, "application/json", range, *q);
            consider(problem, "application/problem+json", range, *q);
            consider(html, "text/html", range, *q);
        }
    }

    /// The client gets JSON of one kind, so the one that it likes better counts.
    bool prefer_json() const noexcept {
        const preference best =
            std::tie(json.q, json.by) < std::tie(problem.q, problem.by) ? problem : json;
        if (best.q != html.q)
            return best.q > html.q;
        return best.q > 0 && best.by > breadth::anything && html.by <= breadth::anything;
    }
};

} // namespace

bool is_media_type(std::string_view value, std::string_view essence) noexcept {
    return iequals(essence_of(value), essence);
}

std::optional<std::string> parameter(std::string_view value, std::string_view name) {
    std::string_view rest = parameters_of(value);
    while (const auto p = take_parameter(rest))
        if (iequals(p->name, name))
            return p->quoted ? unescape(p->value) : std::string(p->value);
    return std::nullopt;
}

bool prefers_json(const request_head& head) noexcept {
    error_preferences stated;
    head.for_each(field_id::accept, [&](std::string_view value) { stated.read(value); });
    return stated.prefer_json();
}

} // namespace ringlet::http
