// Constants of newer kernels that older liburing headers lack. Used only where trying shows that
// the kernel knows them.
#pragma once

#include <liburing.h>

namespace ringlet::io::kernel {

inline constexpr unsigned enter_no_iowait = 1U << 7;    // IORING_ENTER_NO_IOWAIT, 6.15
inline constexpr unsigned feature_no_iowait = 1U << 17; // IORING_FEAT_NO_IOWAIT

/// A multishot receive ends after `bytes` (6.17); older kernels refuse it with EINVAL.
inline void limit_multishot(io_uring_sqe& sqe, unsigned bytes) noexcept {
    sqe.file_index = bytes; // shares its place with what newer headers call optlen
}

} // namespace ringlet::io::kernel
