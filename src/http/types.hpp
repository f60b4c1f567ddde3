// The vocabulary of RFC 9110, taken from Beast so that users meet names they know.
#pragma once

#include <cstdint> // first: field.hpp of Boost 1.83 uses its types without it

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

namespace ringlet::http {

using verb = boost::beast::http::verb;
using status = boost::beast::http::status;
using field_id = boost::beast::http::field;

} // namespace ringlet::http
