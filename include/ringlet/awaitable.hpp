// The coroutine type of handlers.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace ringlet {

/// A coroutine that gives a T. It is Asio's own type, so whatever can be awaited in Asio (timers,
/// clients of Beast or other libraries, `a || b`) can be awaited in a handler.
template <class T = void>
using awaitable = boost::asio::awaitable<T>;

} // namespace ringlet
