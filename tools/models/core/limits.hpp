// Limits that all models share.
#pragma once

#include <chrono>
#include <cstddef>

namespace ringlet::models {

/// Taken from a socket at a time: several heads, for clients that do not wait for answers.
inline constexpr std::size_t receive_bytes = 16 * 1024;

/// How much of what a client goes on sending is read and dropped behind the last answer, and for
/// how long.
inline constexpr std::size_t discard_bytes = 256 * 1024;
inline constexpr std::chrono::milliseconds discard_time{1000};

} // namespace ringlet::models
