// Public sockets for tests: with a bare peer, with a public one, and with one that takes no more.
#pragma once

#include "io/tcp_stream.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <memory>
#include <string>
#include <utility>

namespace ringlet::testing {

using ringlet::detail::make_tcp_stream;

/// A socket on a ring of its own, and the bare descriptor of the other end.
struct connected_stream {
    explicit connected_stream(fd_pair pair, std::string received = {})
        : ctx(make_backend({16, 64})),
          peer(std::move(pair.theirs)),
          socket(make_tcp_stream(io::socket(ctx, std::move(pair.ours)), std::move(received))) {}

    io::context ctx;
    unique_fd peer;
    tcp_stream socket;
};

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
