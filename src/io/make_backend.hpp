// Chooses what carries operations out, by trying.
#pragma once

#include "io/backend.hpp"
#include "ringlet/backend_kind.hpp"

#include <memory>
#include <string>

namespace ringlet::io {

struct made_backend {
    std::unique_ptr<backend> made;
    std::string why_not_uring = {}; // and the remedy, in one line, when epoll is second choice
};

/// Made on the thread that will use it. Throws std::runtime_error, in one line for the operator,
/// when it cannot be had, or RINGLET_BACKEND is none of its values.
made_backend make_backend(backend_kind kind, buffer_options options = {});

} // namespace ringlet::io
