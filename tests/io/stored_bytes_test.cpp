// Bytes that are sent often: from memory, or from a file in memory without a copy.
#include "io/connected_socket.hpp"
#include "io/socket_call.hpp"
#include "io/stored_bytes.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

constexpr std::size_t large_bytes = 30'000'001; // more than the kernel takes at once

io::stored_bytes store(io::byte_store& in, std::string_view text) {
    io::stored_bytes b = in.take(text.size());
    REQUIRE(b);
    std::ranges::copy(text, b.data());
    return b;
}

std::string in_file(const io::stored_bytes& b) {
    REQUIRE(b.place() != nullptr);
    std::string text(b.size(), '\0');
    const ssize_t n =
        ::pread(b.place()->fd, text.data(), text.size(), static_cast<off_t>(b.place()->offset));
    REQUIRE(n == static_cast<ssize_t>(text.size()));
    return text;
}

/// A message of a head and stored bytes, as answers with a file are.
struct message {
    message(std::string_view head, const io::stored_bytes& body)
        : parts{iovec{const_cast<char*>(head.data()), head.size()},
                iovec{body.data(), body.size()}},
          size(head.size() + body.size()) {
        header.msg_iov = parts.data();
        header.msg_iovlen = parts.size();
    }
    std::array<iovec, 2> parts;
    msghdr header{};
    std::size_t size;
};

struct sending final : io::op {
    sending() : op({}, &sending::finished) {}
    static void finished(io::task& t, bool) { static_cast<sending&>(t).done = true; }
    bool done = false;
};

/// Until it is done; returns its result.
int send_all(connected_socket& c, message& m, const io::stored_bytes& body) {
    sending o;
    c.socket.start_send(o, m.header, m.size, body.place());
    run(c.ctx, [&]() -> awaitable<void> {
        auto done = until(c.ctx, [&] { return o.done; });
        co_await std::move(done);
    });
    return o.result;
}

} // namespace

TEST_CASE("large bytes lie in a file as well, small ones do not") {
    io::byte_store in;
    const std::string first = pattern(io::byte_store::file_least_bytes), second = pattern(70'000);
    const io::stored_bytes small = store(in, first.substr(1)), a = store(in, first),
                           b = store(in, second), none = in.take(0);
    CHECK(none);
    CHECK(small.place() == nullptr);
    CHECK((std::string_view(small.data(), small.size()) == first.substr(1)));
    CHECK((in_file(a) == first));
    CHECK((in_file(b) == second));
    CHECK((std::string_view(b.data(), b.size()) == second));
}

TEST_CASE("a message is sent with its last part from a file, however slow its reader") {
    for (const std::size_t at_a_time : {10'001, 1'000'000}) {
        connected_socket c(tcp_pair());
        std::signal(SIGPIPE, SIG_IGN);
        io::byte_store in;
        const std::string body = pattern(large_bytes);
        const io::stored_bytes stored = store(in, body);
        message m("head", stored);
        std::string received;
        std::jthread peer([&] { received = read_all(c.peer.get(), at_a_time); });
        CHECK(send_all(c, m, stored) == static_cast<int>(m.size));
        run(c.ctx, [&]() -> awaitable<void> { // and the socket sends on
            auto tail = c.socket.async_send({stored.data(), 100'000}, *stored.place(),
                                            asio::as_tuple(asio::deferred));
            const auto [failed, sent] = co_await std::move(tail);
            CHECK_FALSE(failed);
            CHECK(sent == 100'000);
            auto end = c.socket.send("end");
            co_await std::move(end);
            c.socket.close();
        });
        peer.join();
        CHECK((received == "head" + body + body.substr(0, 100'000) + "end"));
    }
}

TEST_CASE("where the file cannot be sent, its bytes are sent from memory") {
    connected_socket c(tcp_pair());
    io::byte_store in;
    const std::string body = pattern(200'000);
    const io::stored_bytes stored = store(in, body);
    const io::file_place nowhere;
    run(c.ctx, [&]() -> awaitable<void> {
        auto sending = c.socket.async_send({stored.data(), stored.size()}, nowhere,
                                           asio::as_tuple(asio::deferred));
        const auto [failed, sent] = co_await std::move(sending);
        CHECK_FALSE(failed);
        CHECK(sent == body.size());
        c.socket.close();
    });
    CHECK((read_all(c.peer.get()) == body));
}

TEST_CASE("what is given up while it is on its way arrives as it was") {
    connected_socket c(tcp_pair());
    std::signal(SIGPIPE, SIG_IGN);
    io::byte_store in;
    const std::string body = pattern(200'000);
    {
        const io::stored_bytes stored = store(in, body);
        message m("head", stored);
        REQUIRE(send_all(c, m, stored) == static_cast<int>(m.size)); // the kernel has it all
    }
    const std::string other(body.size(), '-');
    std::vector<io::stored_bytes> later; // would take the pages, were they free
    for (int i = 0; i < 20; ++i)
        later.push_back(store(in, other));
    c.socket.shutdown_send();
    CHECK((read_all(c.peer.get()) == "head" + body));
}

TEST_CASE("a send from a file is cancelled, and ends with a peer that resets") {
    for (const bool resets : {false, true}) {
        connected_socket c(tcp_pair());
        std::signal(SIGPIPE, SIG_IGN);
        io::byte_store in;
        const io::stored_bytes stored = store(in, pattern(large_bytes));
        message m("head", stored);
        sending o;
        c.socket.start_send(o, m.header, m.size, stored.place());
        run(c.ctx, [&]() -> awaitable<void> {
            auto turns = io::async_sleep(c.ctx, 1ms, asio::use_awaitable);
            co_await std::move(turns);
            CHECK_FALSE(o.done);
            if (resets)
                c.peer.reset(); // with bytes unread
            else
                c.socket.cancel();
            auto ended = until(c.ctx, [&] { return o.done; });
            co_await std::move(ended);
        });
        CHECK(o.result < static_cast<int>(m.size));
        CHECK(c.socket.is_open());
    }
}

TEST_CASE("a peer that has ended its half gets what is sent from a file") {
    connected_socket c(tcp_pair());
    std::signal(SIGPIPE, SIG_IGN);
    ::shutdown(c.peer.get(), SHUT_WR);
    io::byte_store in;
    const std::string body = pattern(large_bytes);
    const io::stored_bytes stored = store(in, body);
    message m("head", stored);
    std::string received;
    std::jthread peer([&] { received = read_all(c.peer.get(), 100'000); });
    CHECK(send_all(c, m, stored) == static_cast<int>(m.size));
    c.socket.shutdown_send();
    peer.join();
    CHECK((received == "head" + body));
}

TEST_CASE("where no file may be written there is none") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit nothing{0, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &nothing) == 0);
    const io::stored_bytes b = io::byte_store().take(200'000);
    ::setrlimit(RLIMIT_FSIZE, &before);
    CHECK(b);
    CHECK(b.place() == nullptr);
}

TEST_CASE("where files may not be that large, bytes are stored without one") {
    io::byte_store in;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit least{100'000, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &least) == 0);
    const std::string text = pattern(200'000);
    const io::stored_bytes b = in.take(text.size());
    ::setrlimit(RLIMIT_FSIZE, &before);
    CHECK(b);
    CHECK(b.size() == text.size());
    CHECK(b.place() == nullptr);
}
