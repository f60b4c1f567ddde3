// What a route leads to.
#pragma once

#include "ringlet/server.hpp"

namespace ringlet {

struct endpoint {
    handler call;
};

} // namespace ringlet
