// JSON, with Boost.JSON.
#pragma once

#include "ringlet/response.hpp"

#include <boost/json/fwd.hpp>

namespace ringlet {

/// `value` as application/json.
response json(const boost::json::value& value);

} // namespace ringlet
