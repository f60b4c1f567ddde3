#include "server/descriptors.hpp"

#include <algorithm>

namespace ringlet {
namespace {

// Standard streams 3, signals 1, ends of workers 1, the access log 2 (while it is opened anew), the
// pipe of a restart 2, the folder that is opened anew 1. The others are for what the process was
// started with.
constexpr std::uint64_t of_process = 16;

// Ring, epoll instance, eventfd, inotify and what is remembered of files; a folder while it begins
// to be watched; and of the files for answers one more than the worker's part, which is rounded up.
constexpr std::uint64_t of_worker = 7;

} // namespace

// The supervisor keeps each listening socket, for a restart, and the workers have duplicates: one
// for each worker and address, or of each socket where those are more.
std::uint64_t own_descriptors(std::uint64_t workers, std::uint64_t addresses, std::uint64_t sockets,
                              std::uint64_t folders) noexcept {
    const std::uint64_t duplicates = std::max(workers * addresses, sockets);
    return of_process + folders + workers * of_worker + sockets + duplicates;
}

} // namespace ringlet
