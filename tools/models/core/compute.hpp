// Simulated work of the other kind: the processor is busy with it, and nobody waits for anything.
#pragma once

#include <chrono>

namespace ringlet::models {

/// Takes so much time of the processor from the thread that calls it, whoever interrupts it.
void compute_for(std::chrono::milliseconds length) noexcept;

} // namespace ringlet::models
