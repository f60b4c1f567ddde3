#include "compute.hpp"

#include <ctime>

namespace ringlet::models {
namespace {

std::chrono::nanoseconds thread_time() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

} // namespace

void compute_for(std::chrono::milliseconds length) noexcept {
    if (length.count() == 0)
        return; // to ask for the time is a system call
    const auto end = thread_time() + length;
    while (thread_time() < end) {
    }
}

} // namespace ringlet::models
