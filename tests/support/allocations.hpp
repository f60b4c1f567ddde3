// Counts allocations, in test programs that compile allocations.cpp.
#pragma once

#include <cstddef>

namespace ringlet::testing {

/// How often this thread has called operator new.
std::size_t allocations() noexcept;

} // namespace ringlet::testing
