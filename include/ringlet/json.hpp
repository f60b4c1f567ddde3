// JSON, with Boost.JSON.
#pragma once

#include "ringlet/response.hpp"

#include <boost/json/fwd.hpp>

namespace ringlet {

/// `value` as application/json. Throws std::invalid_argument when there is an infinity or NaN in
/// it, which JSON cannot say (RFC 8259 section 6).
response json(const boost::json::value& value);

} // namespace ringlet
