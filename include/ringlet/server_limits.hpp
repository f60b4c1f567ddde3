// What a server lets its clients take.
#pragma once

#include <chrono>
#include <cstdint>

namespace ringlet {

/// Each is an option of the program as well: head_timeout_s is --head-timeout-s. What nobody has to
/// change stands in <ringlet/limits.hpp>.
struct server_limits {
    // --- time, 1 s to a day each ---

    /// From the first byte of a request head, or from the beginning of the connection, to its end:
    /// then 408.
    std::chrono::seconds head_timeout_s{20};
    /// Between an answer and the next request: then the connection is closed.
    std::chrono::seconds idle_timeout_s{75};
    /// For the next piece of content that a handler waits for: then 408.
    std::chrono::seconds body_timeout_s{30};
    /// Content that a handler waits for longer than body_timeout_s in all has to come at this pace
    /// on the average, or it is 408. 0: at any.
    std::uint32_t body_min_bytes_per_s = 500;
    /// For the client to take the next block of an answer, of 64 to 512 KiB: then the connection is
    /// closed.
    std::chrono::seconds send_timeout_s{30};
    /// After SIGTERM, for the answers that are in progress: then they are cut off.
    std::chrono::seconds drain_timeout_s{10};

    // --- how many ---

    /// Open at a time, in all workers together; whoever comes then is told 503 and to come again.
    /// 0: nine tenths of the open files that the process may have.
    std::uint32_t connections = 0;
    /// Of them, from one IPv4 address or one /64 of IPv6, which is what one client has: then 429.
    /// 0: half of them.
    std::uint32_t connections_per_client = 0;
    /// The last of them is answered with `Connection: close`.
    std::uint32_t requests_per_connection = 10'000;
};

} // namespace ringlet
