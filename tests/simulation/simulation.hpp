// A whole server and its clients, from the first accept to the last close, as a seed wants it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ringlet::simulation {

struct outcome {
    std::uint64_t trace = 0; // of all that happened
    std::size_t clients = 0;
    bool disturbed = false; // something went wrong outside the server
};

/// Aborts, after a line that says where, when something is not as it has to be:
/// - every answer is whole, and the one that was asked for, or the connection is closed;
/// - every accepted connection ends, and so does the server;
/// - no operation, buffer, socket or descriptor outlives the run, nor is one used after its close.
///
/// With `print`, all that happens goes to standard output.
outcome run(std::uint64_t seed, bool print = false);

} // namespace ringlet::simulation
