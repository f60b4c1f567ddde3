// A connection for tests: a socket on a ring of its own, and the bare descriptor of the other end.
#pragma once

#include "io/socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <utility>

namespace ringlet::testing {

struct connected_socket {
    explicit connected_socket(fd_pair pair, io::buffer_options options = {16, 64})
        : ctx(make_backend(options)),
          peer(std::move(pair.theirs)),
          socket(ctx, std::move(pair.ours)) {}

    io::context ctx;
    unique_fd peer;
    io::socket socket;
};

} // namespace ringlet::testing
