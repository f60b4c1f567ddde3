#include "server/finite.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

namespace ringlet {

bool all_finite(const boost::json::value& value) noexcept {
    if (const double* number = value.if_double())
        return std::isfinite(*number);
    if (const boost::json::array* list = value.if_array())
        return std::all_of(list->begin(), list->end(), all_finite);
    if (const boost::json::object* members = value.if_object())
        return std::all_of(members->begin(), members->end(),
                           [](const auto& m) { return all_finite(m.value()); });
    return true;
}

} // namespace ringlet
