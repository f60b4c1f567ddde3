// Public sockets for tests: both ends of a connection, and one whose peer takes no more.
#pragma once

#include "io/tcp_stream.hpp"
#include "io/uring_backend.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <memory>
#include <utility>

namespace ringlet::testing {

using ringlet::detail::make_tcp_stream;

/// Both ends of a connection.
struct two_sockets {
    two_sockets(io::context& ctx, fd_pair pair)
        : ours(make_tcp_stream(io::socket(ctx, std::move(pair.ours)))),
          theirs(make_tcp_stream(io::socket(ctx, std::move(pair.theirs)))) {}
    tcp_stream ours;
    tcp_stream theirs;
};

/// A socket whose peer takes no more.
struct stuffed {
    explicit stuffed(io::context& ctx) : pair(stream_pair()) {
        flood(pair.ours.get(), pattern(4'000'000));
        socket =
            std::make_unique<tcp_stream>(make_tcp_stream(io::socket(ctx, std::move(pair.ours))));
    }
    fd_pair pair;
    std::unique_ptr<tcp_stream> socket;
};

} // namespace ringlet::testing
