#include "middleware/fields.hpp"

#include "http/syntax.hpp"

#include <algorithm>
#include <ranges>

namespace ringlet {
namespace {

using http::iequals;

bool contains(std::string_view list, std::string_view member) noexcept {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (iequals(http::trim(list.substr(0, comma)), member))
            return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

} // namespace

bool has_field(const response& r, std::string_view name) noexcept {
    return std::ranges::any_of(r.fields, [name](const auto& f) { return iequals(f.first, name); });
}

bool has_member(const response& r, std::string_view name, std::string_view member) noexcept {
    return std::ranges::any_of(r.fields, [&](const auto& f) {
        return iequals(f.first, name) && contains(f.second, member);
    });
}

void add_member(response& r, std::string_view name, std::string_view member) {
    for (auto& [key, value] : std::views::reverse(r.fields))
        if (iequals(key, name)) {
            value =
                http::trim(value).empty() ? std::string(member) : value.append(", ").append(member);
            return;
        }
    r.add(name, std::string(member));
}

void add_vary(response& r, std::string_view on) {
    if (!has_member(r, "Vary", on) && !has_member(r, "Vary", "*"))
        add_member(r, "Vary", on);
}

} // namespace ringlet
