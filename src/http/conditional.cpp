#include "http/conditional.hpp"

#include "http/date.hpp"
#include "http/etag.hpp"

#include <optional>

namespace ringlet::http {
namespace {

/// The value of a field that may come only once; nothing when it is absent or repeated.
std::optional<std::string_view> sole_value(const request_head& head, field_id id) noexcept {
    std::optional<std::string_view> sole;
    std::size_t lines = 0;
    head.for_each(id, [&](std::string_view value) {
        sole = value;
        ++lines;
    });
    return lines == 1 ? sole : std::nullopt;
}

std::optional<std::int64_t> sole_date(const request_head& head, field_id id,
                                      std::int64_t now_s) noexcept {
    const auto value = sole_value(head, id);
    return value ? parse_date(*value, now_s) : std::nullopt;
}

/// Steps 1 and 2: is the representation still the one the client means?
bool is_the_expected_one(const request_head& head, const validators* current,
                         std::int64_t now_s) noexcept {
    if (head.find(field_id::if_match))
        return current &&
               etag_field_matches(head, field_id::if_match, current->etag, etag_comparison::strong);
    const auto date = sole_date(head, field_id::if_unmodified_since, now_s);
    return !date || !current || current->last_modified_s <= *date;
}

/// Steps 3 and 4: does the client have this representation already?
bool is_known_to_client(const request_head& head, const validators* current, bool reading,
                        std::int64_t now_s) noexcept {
    if (!current)
        return false;
    if (head.find(field_id::if_none_match))
        return etag_field_matches(head, field_id::if_none_match, current->etag,
                                  etag_comparison::weak);
    if (!reading)
        return false;
    const auto date = sole_date(head, field_id::if_modified_since, now_s);
    return date && current->last_modified_s <= *date;
}

/// Methods that neither select nor change a representation have no preconditions (13.2.1).
bool has_preconditions(verb method) noexcept {
    return method != verb::connect && method != verb::options && method != verb::trace;
}

bool is_entity_tag(std::string_view value) noexcept {
    return value.starts_with('"') || value.starts_with("W/");
}

} // namespace

precondition evaluate(const request_head& head, const validators* current,
                      std::int64_t now_s) noexcept {
    if (!has_preconditions(head.method))
        return precondition::proceed;
    if (!is_the_expected_one(head, current, now_s))
        return precondition::failed;
    const bool reading = head.method == verb::get || head.method == verb::head;
    if (is_known_to_client(head, current, reading, now_s))
        return reading ? precondition::not_modified : precondition::failed;
    return precondition::proceed;
}

bool if_range_allows(const request_head& head, const validators& current,
                     std::int64_t now_s) noexcept {
    if (!head.find(field_id::if_range))
        return true;
    const auto value = sole_value(head, field_id::if_range);
    if (!value)
        return false;
    if (is_entity_tag(*value))
        return strong_match(*value, current.etag);
    const auto date = parse_date(*value, now_s);
    return date && *date == current.last_modified_s && current.last_modified_s < now_s;
}

} // namespace ringlet::http
