// A context in memory that is destroyed in the middle of everything. shutdown_test.cpp does as much
// to one with a ring.
#include "io/file.hpp"
#include "io/memory_world.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/post.hpp>

#include <fcntl.h>

#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

awaitable<void> receive_for_ever(io::context& ctx, unique_fd fd) {
    io::socket s(ctx, std::move(fd));
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e)
            co_return;
    }
}

} // namespace

TEST_CASE("memory: a context destroyed with everything in flight at once leaves nothing behind") {
    const temporary_folder root;
    root.write("file", "content");
    io::offload_pool pool(1, 10);
    for (int rounds = 0; rounds < 20; ++rounds) {
        std::vector<io::memory_client> clients;
        {
            memory_world world({.buffer_count = 2, .buffer_bytes = 64}, &pool);
            for (int i = 0; i < 4; ++i) {
                auto [server, client] = world.network.connect();
                client.write(pattern(static_cast<std::size_t>(i) * 100));
                client.limit_unread(100);
                spawn(world.ctx, i % 2 == 0 ? echo(world.ctx, std::move(server))
                                            : receive_for_ever(world.ctx, std::move(server)));
                clients.push_back(std::move(client));
            }
            spawn(world.ctx, [&]() -> awaitable<void> {
                for (;;) {
                    open_how how{};
                    how.flags = O_RDONLY | O_CLOEXEC;
                    auto opening =
                        io::async_open(world.ctx, root.fd(), "file", how, asio::use_awaitable);
                    const unique_fd fd(static_cast<int>(co_await std::move(opening)));
                    const auto call = [](void*) {};
                    auto calling = io::async_offload(world.ctx, call, nullptr, asio::use_awaitable);
                    co_await std::move(calling);
                    auto sleeping = io::async_sleep(world.ctx, 1h, asio::use_awaitable);
                    co_await std::move(sleeping);
                }
            });
            for (int i = 0; i < rounds; ++i) {
                asio::post(world.ctx.get_executor(), [&] { world.ctx.stop(); });
                world.ctx.run();
            }
        }
        for (const io::memory_client& client : clients)
            CHECK(client.server_closed());
    }
}
