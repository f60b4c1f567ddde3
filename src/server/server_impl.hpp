// What stands behind a server.
#pragma once

#include "ringlet/server.hpp"
#include "server/site.hpp"

namespace ringlet {

struct server::impl {
    site what;
};

} // namespace ringlet
