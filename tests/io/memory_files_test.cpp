// Files and other descriptors beside the connections in memory: they are the kernel's.
#include "io/file.hpp"
#include "io/memory_world.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

using namespace ringlet;
using namespace ringlet::testing;

TEST_CASE("memory: files are real ones") {
    const temporary_folder root;
    const std::string content = pattern(100'000);
    root.write("file", content);
    memory_world world;
    run(world.ctx, [&]() -> awaitable<void> {
        open_how how{};
        how.flags = O_RDONLY | O_CLOEXEC;
        how.resolve = RESOLVE_BENEATH;
        auto opening = io::async_open(world.ctx, root.fd(), "file", how, asio::use_awaitable);
        const unique_fd fd(static_cast<int>(co_await std::move(opening)));
        struct statx meta {};
        auto stating = io::async_stat(world.ctx, fd.get(), meta, asio::use_awaitable);
        co_await std::move(stating);
        CHECK(meta.stx_size == content.size());
        std::string into(60'000, '\0');
        auto reading = io::async_read_at(world.ctx, fd.get(), into, 60'000, asio::use_awaitable);
        const std::size_t n = co_await std::move(reading);
        CHECK((into.substr(0, n) == content.substr(60'000)));

        const auto token = asio::as_tuple(asio::use_awaitable);
        auto missing = io::async_open(world.ctx, root.fd(), "none", how, token);
        const auto [e, none] = co_await std::move(missing);
        CHECK(e.value() == ENOENT);
        auto outside = io::async_open(world.ctx, root.fd(), "../", how, token);
        const auto [e2, none2] = co_await std::move(outside);
        CHECK(e2.value() == EXDEV);
    });
}

TEST_CASE("memory: a real descriptor that is closed is closed really") {
    int ends[2];
    checked(pipe2(ends, O_CLOEXEC), "pipe2");
    const unique_fd reader(ends[0]);
    memory_world world;
    world.ctx.close(ends[1]);
    CHECK(read_all(reader.get()).empty());
}
