// What load balancers and supervisors of processes ask for.
#pragma once

#include "ringlet/response.hpp"
#include "server/request_data.hpp"

#include <atomic>

namespace ringlet {

/// Asked for by all workers.
struct health {
    std::atomic<bool> ready{true}; // false: no more connections are wanted
};

/// Answers `asked`, if it is for /-/healthz or /-/readyz. Returns whether it is.
bool answer_health(const health& state, request::data& asked, response& answer);

} // namespace ringlet
