// Waiting without blocking.
#pragma once

#include "ringlet/awaitable.hpp"

#include <chrono>

namespace ringlet {

/// Suspends the calling coroutine for `length`; everything else on its thread goes on. Throws
/// boost::system::system_error (operation_aborted) when the coroutine is cancelled meanwhile.
awaitable<void> sleep_for(std::chrono::steady_clock::duration length);

} // namespace ringlet
