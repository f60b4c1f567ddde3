// Numbers that JSON cannot say.
#pragma once

#include <boost/json/fwd.hpp>

namespace ringlet {

/// Whether there is neither infinity nor NaN in `value`, however deep.
bool all_finite(const boost::json::value& value) noexcept;

} // namespace ringlet
