// What stands behind a server.
#pragma once

#include "ringlet/server.hpp"
#include "server/site.hpp"

namespace ringlet {

struct server::impl {
    site what;
};

/// Throws std::invalid_argument for what is out of range.
void check(const server_limits& limits);

} // namespace ringlet
