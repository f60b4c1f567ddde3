// A context whose connections and clock are in memory, and servers for it.
#pragma once

#include "io/memory_backend.hpp"
#include "io/offload_pool.hpp"
#include "io/socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <memory>
#include <utility>

namespace ringlet::testing {

/// A context in memory, and the way to its network.
struct memory_world {
    explicit memory_world(io::memory_options options = {}, io::offload_pool* pool = nullptr)
        : made(std::make_unique<io::memory_backend>(options)),
          network(*made),
          ctx(std::move(made), pool) {}

    std::unique_ptr<io::memory_backend> made; // until the context has it
    io::memory_backend& network;
    io::context ctx;
};

/// A socket in a world of its own, and its client.
struct memory_socket : memory_world {
    explicit memory_socket(io::memory_options options = {})
        : memory_world(options),
          ends(network.connect()),
          client(ends.client),
          socket(ctx, std::move(ends.server)) {}

    io::memory_connection ends;
    io::memory_client& client;
    io::socket socket;
};

/// Each run() then ends when the client has something new to see.
inline void stop_on_progress(io::context& ctx, io::memory_client& client) {
    client.on_progress([&ctx] { ctx.stop(); });
}

/// Sends back what it receives, until the client ends.
inline awaitable<void> echo(io::context& ctx, unique_fd fd, bool armed = true) {
    io::socket s(ctx, std::move(fd));
    if (armed)
        s.stay_armed();
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e)
            co_return;
        auto sending = s.send(got.bytes());
        co_await std::move(sending);
    }
}

} // namespace ringlet::testing
