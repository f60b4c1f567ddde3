#include "io/send_file.hpp"
#include "support/io_run.hpp"
#include "support/temporary_folder.hpp"

#include <thread>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

const auto ignore = [](io::deadline&) {};

io::file_state state_of(const unique_fd& file) {
    struct stat s {};
    checked(::fstat(file.get(), &s), "fstat");
    return io::state_of(s);
}

struct sent {
    io::error_code error;
    std::string received;
};

sent send_part(const std::string& content, std::uint64_t offset, std::uint64_t length,
               std::size_t peer_reads) {
    const temporary_folder root;
    root.write("file", content);
    const unique_fd file(open((root.path() / "file").c_str(), O_RDONLY | O_CLOEXEC));
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket to(ctx, std::move(pair.ours));
    io::deadline_queue queue(ctx.timer_set(), 1h);
    io::deadline stalled(ignore);
    sent result;
    std::jthread peer([&] { result.received = read_all(pair.theirs.get(), peer_reads); });
    run(ctx, [&]() -> awaitable<void> {
        io::file_part part{file.get(), offset, length, state_of(file)};
        auto sending = io::send_file(to, part, stalled, queue);
        result.error = co_await std::move(sending);
        CHECK_FALSE(stalled.armed());
        to.close();
    });
    peer.join();
    return result;
}

} // namespace

TEST_CASE("a file is sent whole, whatever its size") {
    for (const std::size_t size : {0, 1, 65'535, 65'536, 65'537, 3'000'000}) {
        const std::string content = pattern(size);
        const sent got = send_part(content, 0, size, 65'536);
        CHECK_FALSE(got.error);
        CHECK((got.received == content));
    }
}

TEST_CASE("a part of a file is sent") {
    const std::string content = pattern(500'000);
    const sent got = send_part(content, 123'457, 200'001, 65'536);
    CHECK_FALSE(got.error);
    CHECK((got.received == content.substr(123'457, 200'001)));
    const sent none = send_part(content, 400, 0, 65'536);
    CHECK_FALSE(none.error);
    CHECK(none.received.empty());
}

TEST_CASE("a slow client gets the whole file") {
    const std::string content = pattern(5'000'000);
    const sent got = send_part(content, 0, content.size(), 2'999);
    CHECK_FALSE(got.error);
    CHECK((got.received == content));
}

TEST_CASE("a file shorter than promised is an error, and only its own bytes were sent") {
    const std::string content = pattern(200'000);
    const sent got = send_part(content, 0, 1'000'000, 65'536);
    CHECK(got.error == asio::error::eof);
    CHECK((got.received == content));
    const sent beyond = send_part(content, 300'000, 10, 65'536);
    CHECK(beyond.error == asio::error::eof);
    CHECK(beyond.received.empty());
}

TEST_CASE("a file that is changed while it is sent is an error, and only its old bytes were sent") {
    const temporary_folder root;
    const std::filesystem::path path = root.path() / "file";
    root.write("file", std::string(30'000'000, 'a'));
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - 1h);
    const unique_fd file(open(path.c_str(), O_RDWR | O_CLOEXEC));
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket to(ctx, std::move(pair.ours));
    io::deadline_queue queue(ctx.timer_set(), 1h);
    io::deadline stalled(ignore);
    io::file_part part{file.get(), 0, 30'000'000, state_of(file)};
    std::string received;
    std::jthread peer([&] {
        const std::string changed(30'000'000, 'b');
        if (wait_for(pair.theirs.get(), POLLIN) &&
            pwrite(file.get(), changed.data(), changed.size(), 0) > 0)
            received = read_all(pair.theirs.get());
    });
    run(ctx, [&]() -> awaitable<void> {
        auto sending = io::send_file(to, part, stalled, queue);
        const io::error_code e = co_await std::move(sending);
        CHECK(e.value() == ESTALE);
        CHECK_FALSE(stalled.armed());
        to.close();
    });
    peer.join();
    CHECK(received.size() == 30'000'000 - part.length);
    CHECK(received.find('b') == std::string::npos);
}

TEST_CASE("a client that goes away in the middle of a file is an error") {
    const temporary_folder root;
    root.write("file", pattern(30'000'000));
    const unique_fd file(open((root.path() / "file").c_str(), O_RDONLY | O_CLOEXEC));
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket to(ctx, std::move(pair.ours));
    io::deadline_queue queue(ctx.timer_set(), 1h);
    io::deadline stalled(ignore);
    std::jthread peer([&] {
        char some[10'000];
        if (wait_for(pair.theirs.get(), POLLIN) && read(pair.theirs.get(), some, sizeof some) > 0)
            pair.theirs.reset();
    });
    run(ctx, [&]() -> awaitable<void> {
        io::file_part part{file.get(), 0, 30'000'000, state_of(file)};
        auto sending = io::send_file(to, part, stalled, queue);
        const io::error_code e = co_await std::move(sending);
        CHECK(e);
        CHECK_FALSE(stalled.armed());
    });
}

TEST_CASE("a client that stops reading runs into the deadline, whose owner cancels") {
    struct give_up : io::deadline {
        explicit give_up(io::socket& s) : deadline(&expired), to(s) {}
        static void expired(io::deadline& d) { static_cast<give_up&>(d).to.cancel(); }
        io::socket& to;
    };
    const temporary_folder root;
    root.write("file", pattern(30'000'000));
    const unique_fd file(open((root.path() / "file").c_str(), O_RDONLY | O_CLOEXEC));
    io::context ctx(make_backend({16, 64}));
    fd_pair pair = tcp_pair();
    io::socket to(ctx, std::move(pair.ours));
    io::deadline_queue queue(ctx.timer_set(), 20ms);
    give_up stalled(to);
    run(ctx, [&]() -> awaitable<void> {
        io::file_part part{file.get(), 0, 30'000'000, state_of(file)};
        auto sending = io::send_file(to, part, stalled, queue);
        const io::error_code e = co_await std::move(sending);
        CHECK(e);
    });
}
