#include "io/file.hpp"
#include "support/io_run.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <unistd.h>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

open_how beneath() {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH;
    return how;
}

io::error_code open_error(const char* path, const temporary_folder& root) {
    io::context ctx(make_backend({16, 64}));
    io::error_code result;
    open_how how = beneath();
    io::async_open(ctx, root.fd(), path, how, [&](io::error_code e, std::size_t fd) {
        result = e;
        if (!e)
            unique_fd(static_cast<int>(fd)).reset();
    });
    run(ctx);
    return result;
}

std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

} // namespace

TEST_CASE("a file beneath the root opens, what leads out of it does not") {
    const temporary_folder root;
    root.write("inside.txt", "x");
    root.link("inside.txt", "good");
    root.link("../", "up");
    root.link("/etc/passwd", "absolute");
    CHECK_FALSE(open_error("inside.txt", root));
    CHECK_FALSE(open_error("good", root));
    CHECK(open_error("../", root).value() == EXDEV);
    CHECK(open_error("../../../../etc/passwd", root).value() == EXDEV);
    CHECK(open_error("/etc/passwd", root).value() == EXDEV);
    CHECK(open_error("absolute", root).value() == EXDEV);
    CHECK(open_error("up/x", root).value() == EXDEV);
    CHECK(open_error("none", root).value() == ENOENT);
    CHECK(open_error("inside.txt/none", root).value() == ENOTDIR);
}

TEST_CASE("metadata and content of a file") {
    const temporary_folder root;
    const std::string content = pattern(100'000);
    root.write("file", content);
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        open_how how = beneath();
        auto opening = io::async_open(ctx, root.fd(), "file", how, asio::use_awaitable);
        const unique_fd fd(static_cast<int>(co_await std::move(opening)));
        struct statx meta {};
        auto stating = io::async_stat(ctx, fd.get(), meta, asio::use_awaitable);
        co_await std::move(stating);
        CHECK(meta.stx_size == content.size());
        CHECK(S_ISREG(meta.stx_mode));

        std::string into(60'000, '\0');
        auto first = io::async_read_at(ctx, fd.get(), into, 0, asio::use_awaitable);
        std::size_t n = co_await std::move(first);
        CHECK((into == content.substr(0, n)));
        auto second = io::async_read_at(ctx, fd.get(), into, 60'000, asio::use_awaitable);
        n = co_await std::move(second);
        CHECK(n == 40'000);
        CHECK((into.substr(0, n) == content.substr(60'000)));
        auto end = io::async_read_at(ctx, fd.get(), into, content.size(), asio::use_awaitable);
        n = co_await std::move(end);
        CHECK(n == 0);
    });
}

TEST_CASE("what is written at an offset is read back from there") {
    const temporary_folder root;
    const std::string content = pattern(100'000);
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        open_how how = beneath();
        how.flags = O_RDWR | O_CREAT | O_CLOEXEC;
        how.mode = 0600;
        auto opening = io::async_open(ctx, root.fd(), "new", how, asio::use_awaitable);
        const unique_fd fd(static_cast<int>(co_await std::move(opening)));
        auto second = io::async_write_at(ctx, fd.get(), std::span(content).subspan(60'000), 60'000,
                                         asio::use_awaitable);
        std::size_t n = co_await std::move(second);
        CHECK(n == 40'000);
        auto first = io::async_write_at(ctx, fd.get(), std::span(content).first(60'000), 0,
                                        asio::use_awaitable);
        n = co_await std::move(first);
        CHECK(n == 60'000);
        std::string into(content.size() + 1, '\0');
        auto reading = io::async_read_at(ctx, fd.get(), into, 0, asio::use_awaitable);
        n = co_await std::move(reading);
        CHECK((into.substr(0, n) == content));
    });
}

TEST_CASE("a write that cannot be done is an error") {
    const temporary_folder root;
    root.write("file", "x");
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        open_how how = beneath();
        auto opening = io::async_open(ctx, root.fd(), "file", how, asio::use_awaitable);
        const unique_fd fd(static_cast<int>(co_await std::move(opening)));
        const std::string text = "y";
        auto writing =
            io::async_write_at(ctx, fd.get(), text, 0, asio::as_tuple(asio::use_awaitable));
        const auto [e, n] = co_await std::move(writing);
        CHECK(e == asio::error::bad_descriptor); // open for reading only
        CHECK(n == 0);
    });
}

TEST_CASE("a write to a pipe that nobody empties is cancelled through its slot") {
    int ends[2];
    checked(::pipe2(ends, O_CLOEXEC), "pipe2");
    const unique_fd reader(ends[0]);
    const unique_fd writer(ends[1]);
    const std::string much = pattern(static_cast<std::size_t>(::fcntl(writer.get(), F_GETPIPE_SZ)));
    checked(static_cast<int>(::write(writer.get(), much.data(), much.size())), "write");
    io::context ctx(make_backend({16, 64}));
    asio::cancellation_signal signal;
    io::error_code result;
    io::async_write_at(ctx, writer.get(), much, static_cast<std::uint64_t>(-1),
                       asio::bind_cancellation_slot(
                           signal.slot(), [&](io::error_code e, std::size_t) { result = e; }));
    asio::post(ctx.get_executor(), [&] { signal.emit(asio::cancellation_type::all); });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("reading a folder, and what is not open, are errors") {
    const temporary_folder root;
    io::context ctx(make_backend({16, 64}));
    run(ctx, [&]() -> awaitable<void> {
        char byte[1];
        const auto token = asio::as_tuple(asio::use_awaitable);
        open_how how = beneath();
        auto opening = io::async_open(ctx, root.fd(), ".", how, asio::use_awaitable);
        const unique_fd folder(static_cast<int>(co_await std::move(opening)));
        auto reading = io::async_read_at(ctx, folder.get(), byte, 0, token);
        const auto [e, n] = co_await std::move(reading);
        CHECK(e.value() == EISDIR);
        struct statx meta {};
        auto stating = io::async_stat(ctx, -1, meta, token);
        const auto [e2, n2] = co_await std::move(stating);
        CHECK(e2 == asio::error::bad_descriptor);
    });
}

TEST_CASE("a file that was opened for a coroutine that is gone is closed") {
    const temporary_folder root;
    root.write("file", "x");
    const auto before = open_descriptors();
    for (int i = 0; i < 20; ++i) {
        open_how how = beneath();
        io::context ctx(make_backend({16, 64}));
        io::async_open(ctx, root.fd(), "file", how, [](io::error_code, std::size_t) {});
    }
    CHECK(open_descriptors() == before);
}
