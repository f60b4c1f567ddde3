// The io_uring backend. Everything that knows a ring has uring in its name.
#pragma once

#include "io/backend.hpp"

#include <memory>

namespace ringlet::io {

/// Made on the thread that will use it. Throws std::runtime_error when the kernel does not offer
/// what is needed; what() is one line that names the reason and the remedy.
std::unique_ptr<backend> make_uring_backend(buffer_options options = {});

} // namespace ringlet::io
