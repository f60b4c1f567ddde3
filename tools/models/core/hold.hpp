// Simulated work: how long a request takes although the server has nothing to do for it, as when it
// waits for a database.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace ringlet::models {

struct hold_range {
    std::chrono::milliseconds least{0};
    std::chrono::milliseconds most{0};
    std::uint64_t seed = 0;

    /// For the request with that target. It is drawn from target and seed alone: processes and
    /// threads share no dice, and every model is given the same work in whatever order it serves.
    std::chrono::milliseconds of(std::string_view target) const noexcept;
};

} // namespace ringlet::models
