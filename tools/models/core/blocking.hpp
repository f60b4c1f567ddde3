// A connection served by calls that wait: the thread or process can do nothing else meanwhile, and
// so the code is as simple as it gets.
#pragma once

#include "conversation.hpp"
#include "service.hpp"

namespace ringlet::models {

/// Returns when the connection is to be closed.
void converse(const unique_fd& client, const service& from, persistence mode);

} // namespace ringlet::models
