// How many descriptors the server needs for itself.
#pragma once

#include <cstdint>

namespace ringlet {

/// What the process has open beside its connections and the files of their answers, at most: the
/// rest of the limit on open files can be given to those. `sockets` listen, at `addresses` in all;
/// one is opened for each worker and address, or they were passed to the process. `folders` are
/// those that are served.
std::uint64_t own_descriptors(std::uint64_t workers, std::uint64_t addresses, std::uint64_t sockets,
                              std::uint64_t folders) noexcept;

} // namespace ringlet
