#include "server/memory_reserve.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>

namespace ringlet {
namespace {

// So large that the allocator gives it back to the system at once, for whichever thread comes next.
constexpr std::size_t reserve_bytes = 512 * 1024;

// For what is allocated while an exception is on its way: failing then would end the process.
constexpr std::size_t last_bytes = 1024;

std::atomic<bool> missing = false; // some of it has been given out
std::atomic<void*> reserve = nullptr;
std::array<std::atomic<void*>, 64> last{};

bool fill(std::atomic<void*>& place, std::size_t bytes) noexcept {
    if (place.load(std::memory_order_relaxed) != nullptr)
        return true;
    void* const fresh = std::malloc(bytes);
    void* none = nullptr;
    if (fresh != nullptr && !place.compare_exchange_strong(none, fresh))
        std::free(fresh); // another thread was faster
    return fresh != nullptr;
}

bool fill_all() noexcept {
    return fill(reserve, reserve_bytes) &&
           std::ranges::all_of(last, [](auto& place) { return fill(place, last_bytes); });
}

bool give(std::atomic<void*>& place) noexcept {
    void* const kept = place.exchange(nullptr);
    std::free(kept);
    return kept != nullptr;
}

void give_out() {
    missing = true;
    if (give(reserve) || (std::uncaught_exceptions() != 0 && std::ranges::any_of(last, give)))
        return;
    throw std::bad_alloc();
}

} // namespace

memory_reserve::memory_reserve() noexcept : ours_(std::get_new_handler() == nullptr) {
    if (!ours_)
        return;
    fill_all();
    std::set_new_handler(give_out);
}

memory_reserve::~memory_reserve() {
    if (!ours_)
        return;
    std::set_new_handler(nullptr);
    missing = false;
    give(reserve);
    std::ranges::for_each(last, give);
}

bool memory_reserve::is_full() noexcept {
    if (!missing.load(std::memory_order_relaxed))
        return true;
    missing = false;
    if (fill_all())
        return true;
    missing = true;
    return false;
}

} // namespace ringlet
