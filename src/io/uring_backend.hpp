// The io_uring backend. Everything that knows a ring is here and in uring_probe.
#pragma once

#include "io/backend.hpp"

#include <memory>

namespace ringlet::io {

struct uring_options {
    unsigned buffer_count = 1024; // provided buffers; a power of two, at most 32 768
    unsigned buffer_bytes = 4096; // of each
};

/// Made on the thread that will use it. Throws std::system_error when the kernel does not offer
/// what is needed; what() is one line that names the reason and the remedy.
std::unique_ptr<backend> make_uring_backend(uring_options options = {});

} // namespace ringlet::io
