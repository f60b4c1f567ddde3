#include "io/file_state.hpp"

#include <algorithm>

namespace ringlet::io {

file_state state_of(const struct stat& s) noexcept {
    // Some file systems hold times that 64 bits of nanoseconds do not: the years 1677 to 2262.
    const std::int64_t seconds =
        std::clamp<std::int64_t>(s.st_mtim.tv_sec, -9'200'000'000, 9'200'000'000);
    return {static_cast<std::uint64_t>(s.st_size), seconds * 1'000'000'000 + s.st_mtim.tv_nsec};
}

bool is_still(const file_state& then, int fd) noexcept {
    struct stat s;
    return ::fstat(fd, &s) == 0 && state_of(s) == then;
}

} // namespace ringlet::io
