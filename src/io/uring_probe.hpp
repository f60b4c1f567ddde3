// What io_uring offers on this machine, found by trying, never by version.
#pragma once

#include <string>
#include <vector>

struct io_uring;

namespace ringlet::io {

/// Opens a ring with the best set-up the kernel takes. Returns 0, or a negative errno and the ring
/// is not open.
int open_ring(io_uring& ring) noexcept;

/// Whether the kernel ends a multishot receive by itself after so many bytes.
bool limits_multishot(io_uring& ring);

/// Why open_ring() failed with `error` (positive errno), and what to do: one line.
std::string explain_ring_failure(int error);

struct feature {
    std::string name;
    bool present;
    bool used;
    std::string note; // what it is for, or what its absence means
};

/// What `ringlet doctor` prints. Empty, with `error` set, when there is no ring to ask.
struct uring_report {
    int error = 0; // positive errno of the set-up
    std::vector<feature> features;

    /// The first feature that is needed and absent, or nullptr.
    const feature* missing() const noexcept;
};

uring_report probe_uring();

/// Why no ring can be had that has all that is needed, and what to do, in one line; empty if one
/// can.
std::string why_not_uring(const uring_report& report);

} // namespace ringlet::io
