#include "hold.hpp"

#include <random>

namespace ringlet::models {

std::chrono::milliseconds hold_range::of(std::string_view target) const noexcept {
    if (most.count() == 0)
        return most;
    std::uint64_t hash = 14695981039346656037U ^ seed; // FNV-1a, which std::hash need not be
    for (const char c : target)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    std::mt19937_64 dice(hash);
    const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + std::chrono::milliseconds(static_cast<std::int64_t>(dice() % span));
}

} // namespace ringlet::models
