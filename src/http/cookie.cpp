#include "http/cookie.hpp"

#include "http/syntax.hpp"

#include <algorithm>

namespace ringlet::http {
namespace {

std::string_view without_quotes(std::string_view value) noexcept {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

} // namespace

std::optional<std::string_view> find_cookie(std::string_view cookie_field_value,
                                            std::string_view name) noexcept {
    // No value can hold a semicolon, quoted or not: cookie-octet excludes it.
    for (std::string_view rest = cookie_field_value; !rest.empty();) {
        const auto end = std::min(rest.find(';'), rest.size());
        const std::string_view pair = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = pair.find('=');
        if (equals != pair.npos && pair.substr(0, equals) == name)
            return without_quotes(pair.substr(equals + 1));
    }
    return std::nullopt;
}

} // namespace ringlet::http
