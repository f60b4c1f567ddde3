// Reads what the server sent, and holds it against what was asked.
#pragma once

#include "fuzz/connection_pipeline.hpp"

#include <chrono>
#include <string_view>

namespace ringlet::fuzz {

/// How the client came to its end.
struct client_story {
    std::size_t sent = 0;     // bytes of the pipeline
    bool patient = false;     // it had all answers, or all time, before it ended anything
    bool half_closed = false; // it has ended its own side
    bool cut_off = false;     // the connection was reset, by whichever side
    bool hurried = false;     // the server was told to end before the client was done
    bool disturbed = false;   // something failed that is not the server's: any answer may be 408,
                              // 500 or 503, or not come
    std::chrono::steady_clock::duration lasted{}; // from its last act to the connection's end
};

/// Aborts if something is not as it has to be.
void check_answers(const pipeline& p, const client_story& client, std::string_view received);

} // namespace ringlet::fuzz
