#include "io/listener.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/resource.h>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

bool refused(std::uint16_t port) {
    try {
        connect_to(port);
        return false;
    } catch (const std::system_error& e) {
        return e.code().value() == ECONNREFUSED;
    }
}

// Leaves room for exactly `room` more descriptors.
struct few_descriptors {
    explicit few_descriptors(rlim_t room) {
        getrlimit(RLIMIT_NOFILE, &before);
        const unique_fd next(fcntl(0, F_DUPFD_CLOEXEC, 0));
        rlimit now = before;
        now.rlim_cur = static_cast<rlim_t>(next.get()) + room;
        setrlimit(RLIMIT_NOFILE, &now);
    }
    ~few_descriptors() { restore(); }
    void restore() { setrlimit(RLIMIT_NOFILE, &before); }
    rlimit before{};
};

// Whether an epoll instance of this process would tell of descriptor `fd`, as it was.
bool watched_by_epoll(int fd) {
    for (const auto& open : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
        std::ifstream info(open.path());
        for (std::string word; info >> word;)
            if (int target = -1; word == "tfd:" && info >> target && target == fd)
                return true;
    }
    return false;
}

} // namespace

TEST_CASE("200 connections at once are all accepted") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    std::vector<unique_fd> clients;
    for (int i = 0; i < 200; ++i)
        clients.push_back(connect_to(at.port));
    std::vector<unique_fd> accepted;
    run(ctx, [&]() -> awaitable<void> {
        while (accepted.size() != clients.size()) {
            auto accepting = acceptor.accept();
            auto [e, fd] = co_await std::move(accepting);
            REQUIRE_FALSE(e);
            CHECK((fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
            CHECK((fcntl(fd.get(), F_GETFL) & O_NONBLOCK) == 0);
            accepted.push_back(std::move(fd));
        }
    });
    CHECK(accepted.size() == 200);
}

TEST_CASE("stop() delivers what is accepted, then operation_aborted") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    std::vector<unique_fd> clients;
    for (int i = 0; i < 10; ++i)
        clients.push_back(connect_to(at.port));
    std::size_t accepted = 0;
    run(ctx, [&]() -> awaitable<void> {
        for (;;) {
            auto accepting = acceptor.accept();
            const auto [e, fd] = co_await std::move(accepting);
            if (accepted == 0)
                acceptor.stop(); // all ten arrived with the first
            if (e) {
                CHECK(e == asio::error::operation_aborted);
                break;
            }
            ++accepted;
        }
        auto again = acceptor.accept();
        const auto [e, fd] = co_await std::move(again);
        CHECK(e == asio::error::operation_aborted);
    });
    CHECK(accepted == clients.size());
    acceptor.close();
    acceptor.stop();
    run(ctx);
    CHECK(refused(at.port));
}

TEST_CASE("stop() ends an accept that waits") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    asio::post(ctx.get_executor(), [&] {
        acceptor.stop();
        acceptor.stop();
    });
    run(ctx, [&]() -> awaitable<void> {
        auto accepting = acceptor.accept();
        const auto [e, fd] = co_await std::move(accepting);
        CHECK(e == asio::error::operation_aborted);
    });
}

TEST_CASE("a listener that was stopped before it was used accepts nothing") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    acceptor.stop();
    run(ctx, [&]() -> awaitable<void> {
        auto accepting = acceptor.accept();
        const auto [e, fd] = co_await std::move(accepting);
        CHECK(e == asio::error::operation_aborted);
    });
}

TEST_CASE("a cancelled accept loses no connection") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    asio::cancellation_signal signal;
    unique_fd client;
    run(ctx, [&]() -> awaitable<void> {
        asio::post(ctx.get_executor(), [&] { signal.emit(asio::cancellation_type::all); });
        auto token =
            asio::bind_cancellation_slot(signal.slot(), asio::as_tuple(asio::use_awaitable));
        auto cancelled = acceptor.async_accept(token);
        const auto [e, none] = co_await std::move(cancelled);
        CHECK(e == asio::error::operation_aborted);
        client = connect_to(at.port);
        auto accepting = acceptor.accept();
        const auto [e2, fd] = co_await std::move(accepting);
        CHECK_FALSE(e2);
        CHECK(fd);
    });
}

TEST_CASE("a closed listener ends its accept, and frees its port") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    auto acceptor = std::make_unique<io::listener>(ctx, std::move(at.fd));
    asio::cancellation_signal signal;
    io::error_code result;
    acceptor->async_accept(asio::bind_cancellation_slot(
        signal.slot(), [&](io::error_code e, const unique_fd&) { result = e; }));
    asio::post(ctx.get_executor(), [&] {
        acceptor.reset();
        signal.emit(asio::cancellation_type::all);
    });
    run(ctx);
    CHECK(result == asio::error::operation_aborted);
    CHECK(refused(at.port));
}

TEST_CASE("connections that nobody took are closed with their listener") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    const unique_fd first = connect_to(at.port);
    const unique_fd second = connect_to(at.port);
    run(ctx, [&]() -> awaitable<void> {
        io::listener acceptor(ctx, std::move(at.fd));
        auto accepting = acceptor.accept();
        co_await std::move(accepting);
    });
    CHECK(read_all(first.get()).empty());
    CHECK(read_all(second.get()).empty());
}

TEST_CASE("a lack of descriptors is an error, and the listener goes on after it") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    io::listener acceptor(ctx, std::move(at.fd));
    std::vector<unique_fd> clients;
    for (int i = 0; i < 3; ++i)
        clients.push_back(connect_to(at.port));
    std::vector<unique_fd> accepted;
    run(ctx, [&]() -> awaitable<void> {
        few_descriptors limit(2);
        bool lacked = false;
        while (accepted.size() != clients.size()) {
            auto accepting = acceptor.accept();
            auto [e, fd] = co_await std::move(accepting);
            if (e) {
                CHECK(e == asio::error::no_descriptors);
                CHECK(accepted.size() < clients.size());
                lacked = true;
                limit.restore();
            } else {
                accepted.push_back(std::move(fd));
            }
        }
        CHECK(lacked);
    });
}

TEST_CASE("a descriptor that does not listen is an error") {
    io::context ctx(make_backend({16, 64}));
    io::listener acceptor(ctx, stream_pair().ours);
    run(ctx, [&]() -> awaitable<void> {
        auto accepting = acceptor.accept();
        const auto [e, fd] = co_await std::move(accepting);
        CHECK(e == asio::error::invalid_argument);
        acceptor.close();
        auto closed = acceptor.accept();
        const auto [e2, fd2] = co_await std::move(closed);
        CHECK(e2 == asio::error::bad_descriptor);
    });
}

TEST_CASE("a listener waits for a connection whatever the mode of its descriptor") {
    for (const int mode : {0, O_NONBLOCK}) {
        io::context ctx(make_backend({16, 64}));
        listening at;
        fcntl(at.fd.get(), F_SETFL, mode);
        io::listener acceptor(ctx, std::move(at.fd));
        unique_fd client;
        asio::post(ctx.get_executor(),
                   [&] { asio::post(ctx.get_executor(), [&] { client = connect_to(at.port); }); });
        run(ctx, [&]() -> awaitable<void> {
            auto accepting = acceptor.accept();
            auto [e, fd] = co_await std::move(accepting);
            CHECK_FALSE(e);
            CHECK(fd);
        });
    }
}

TEST_CASE("nothing more is heard of a closed listener whose socket lives on elsewhere") {
    io::context ctx(make_backend({16, 64}));
    listening at;
    const int number = at.fd.get();
    const unique_fd elsewhere(fcntl(number, F_DUPFD_CLOEXEC, 0));
    io::listener acceptor(ctx, std::move(at.fd));
    const unique_fd client = connect_to(at.port);
    run(ctx, [&]() -> awaitable<void> {
        auto first = acceptor.accept();
        co_await std::move(first);
        asio::post(ctx.get_executor(), [&] { acceptor.stop(); });
        auto second = acceptor.accept();
        auto [e, fd] = co_await std::move(second);
        CHECK(e == asio::error::operation_aborted);
        acceptor.close();
    });
    CHECK_FALSE(watched_by_epoll(number));
    const unique_fd late = connect_to(at.port); // whoever has the socket can accept it
    CHECK(readable(elsewhere.get()));
}
