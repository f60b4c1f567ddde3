// What a server lets its clients take.
#pragma once

#include <chrono>
#include <cstdint>

namespace ringlet {

/// Each is an option of the program as well, unless said: head_timeout_s is --head-timeout-s. What
/// nobody has to change stands in <ringlet/limits.hpp>.
struct server_limits {
    // --- time, 1 s to a day each ---

    /// From the first byte of a request head, or from the beginning of the connection, to its end:
    /// then 408.
    std::chrono::seconds head_timeout_s{20};
    /// Between an answer and the next request: then the connection is closed.
    std::chrono::seconds idle_timeout_s{75};
    /// For the next piece of content that a handler waits for: then 408. Also for all of the
    /// content of a request that was answered without it: then the connection is closed.
    std::chrono::seconds body_timeout_s{30};
    /// Content that a handler waits for longer than body_timeout_s in all has to come at this pace
    /// on the average, or it is 408. 0: at any.
    std::uint32_t body_min_bytes_per_s = 500;
    /// From a complete request head, or the last piece of content that the handler has waited for,
    /// until its answer begins: then the handler is cancelled, as when its client goes away, and
    /// when it has ended, the client is told 503 and to come again, whatever the handler gave. What
    /// cannot be cancelled, such as a blocking call, is waited for. A stream, a file and a
    /// WebSocket have begun when the handler returns them. No option of the program, which has no
    /// handlers.
    std::chrono::seconds handler_timeout_s{300};
    /// For the client to take the next block of an answer, of 64 to 512 KiB. Then what its system
    /// has confirmed is looked at: the send goes on for as long again if that has grown at
    /// send_min_bytes_per_s since the last look; else the connection is closed, so that a client
    /// which takes nothing is cut off after once to twice this time.
    std::chrono::seconds send_timeout_s{30};
    /// A client that takes longer than send_timeout_s for a block has to take this much on the
    /// average. 0: anything at all. (Its system confirms in steps, of a sixteenth of its receive
    /// buffer or so: a pace at which one takes longer than send_timeout_s looks like none.)
    std::uint32_t send_min_bytes_per_s = 500;
    /// After SIGTERM, for the answers that are in progress: then they are cut off.
    std::chrono::seconds drain_timeout_s{10};
    /// After SIGUSR2, for the program that was started to serve: then it is killed, and this one
    /// goes on.
    std::chrono::seconds restart_timeout_s{60};

    // --- how long a request may be ---

    /// Its head, which is the request line and the fields, 1 024 to 65 535 bytes: a longer one is
    /// 431 (RFC 6585 section 5).
    std::uint32_t head_bytes = 32 * 1024;
    /// Field lines of a head, 1 to 10 000: more are 431. Up to 64 cost no allocation.
    std::uint32_t head_fields = 100;
    /// The request target, 16 to 65 535 bytes: a longer one is 414. RFC 9112 section 3 asks for
    /// 8 000.
    std::uint32_t target_bytes = 8 * 1024;
    /// Content that a handler reads: more is 413, unless it has allowed that with body::limit(). No
    /// option of the program, whose files take no content.
    std::uint64_t body_bytes = 1024 * 1024;

    // --- memory ---

    /// For what is received and sent: blocks of answers, requests that have not come wholly, and
    /// content that handlers read as a whole; shared out to the workers. When half of a worker's
    /// part is used, large answers go in blocks of 64 KiB; when nearly all is, requests are 503,
    /// and to come again. An answer that has begun and finds no memory is cut off. 0: a quarter of
    /// the memory that the process may have. Else at least 1 MiB.
    std::uint64_t buffer_bytes = 0;

    /// Of each worker, for files up to limits::cached_file_bytes that are asked for again and
    /// again; each counts at least 1 KiB. All together have at most an eighth of the memory that
    /// the process may have. 0: none is kept. What is changed, replaced or removed is
    /// served as it is at once; where the kernel does not tell (symbolic links, network file
    /// systems) in 1 s, and what is written through a mapping or another hard link in 10 s.
    std::uint64_t cache_bytes = 128 * 1024 * 1024;

    // --- how many ---

    /// Open at a time, in all workers together; whoever comes then is told 503 and to come again.
    /// 0: nine tenths of the open files that the process may have, without its own (about
    /// 8 for each worker) and turned_away.
    std::uint32_t connections = 0;
    /// Files open at a time for answers, shared out to the workers: beyond that 503, and to come
    /// again. A large file is open until its client has got it. 0: what is left of the open files
    /// that the process may have beside its connections, at least a tenth.
    std::uint32_t open_files = 0;
    /// Of the connections, from one IPv4 address or one /64 of IPv6, which is what one client has:
    /// then 429. 0: half of them.
    std::uint32_t connections_per_client = 0;
    /// Those beyond these limits that are told so at a time; others are closed at once. 0: 256, or
    /// an eighth of the open files where that is less.
    std::uint32_t turned_away = 0;
    /// Requests of one client (as above) for routes and files, on all of its connections: beyond
    /// that 429, with the seconds until the next one is welcome. The connection is kept. 0: as many
    /// as it likes, which is the default: behind a proxy all clients are one. Up to 1 000 000.
    std::uint32_t requests_per_s_per_client = 0;
    /// As many as that at once, for a client that has not asked for a while. 0: twice
    /// requests_per_s_per_client.
    std::uint32_t request_burst_per_client = 0;
    /// The last of them is answered with `Connection: close`.
    std::uint32_t requests_per_connection = 10'000;
};

} // namespace ringlet
