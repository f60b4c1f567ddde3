// How often a coroutine that is to end is told so.
#pragma once

#include <chrono>

namespace ringlet::io {

/// Asio has a cancelled coroutine throw from whatever it awaits next, without suspending: one that
/// catches this in a loop would never give its thread back. Ours are not told by that
/// (this_coro::throw_if_cancelled(false)), but have what they await cancelled, and again after this
/// time, for as long as they go on.
constexpr auto cancel_again_time = std::chrono::milliseconds(10);

} // namespace ringlet::io
