#include "hold.hpp"

namespace ringlet::models {

// FNV-1a, then what SplitMix64 ends with, lest similar targets have similar times. In
// tools/lib/models/held.py once more.
std::chrono::milliseconds hold_range::of(std::string_view target) const noexcept {
    if (most.count() == 0)
        return most;
    std::uint64_t hash = 0xcbf29ce484222325U ^ seed;
    for (const char c : target)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
    hash ^= hash >> 31;
    const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + std::chrono::milliseconds(static_cast<std::int64_t>(hash % span));
}

} // namespace ringlet::models
