#include "io/readable_watch.hpp"

#include "base/unique_fd.hpp"
#include "support/io_run.hpp"

#include <array>
#include <fcntl.h>
#include <unistd.h>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

struct pipe_ends {
    pipe_ends() {
        std::array<int, 2> fds{};
        REQUIRE(::pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) == 0);
        out = unique_fd(fds[0]);
        in = unique_fd(fds[1]);
    }
    void write() const { REQUIRE(::write(in.get(), "x", 1) == 1); }
    void read_all() const {
        char some[8];
        while (::read(out.get(), some, sizeof some) > 0) {
        }
    }
    unique_fd out, in;
};

struct watched_pipe {
    // As it is to be used: what is told of is read.
    bool has_news() {
        const std::uint64_t before = std::exchange(last, watch.count(pipe.out.get(), use));
        const bool news = before != last;
        if (news)
            pipe.read_all();
        return news;
    }

    io::context ctx{make_backend()};
    io::readable_watch watch{ctx};
    pipe_ends pipe;
    std::uint64_t use = 1;
    std::uint64_t last = 0;
};

awaitable<void> turn(io::context& ctx) {
    const std::uint64_t now = ctx.turn();
    co_await until(ctx, [&ctx, now] { return ctx.turn() != now; });
}

} // namespace

TEST_CASE("what is written to a descriptor is news in the turn after it") {
    watched_pipe p;
    run(p.ctx, [](watched_pipe& w) -> awaitable<void> {
        CHECK(w.has_news()); // nobody knows what was there before
        for (int i = 0; i < 3; ++i) {
            co_await turn(w.ctx);
            w.has_news(); // it may be asked in vain
            w.pipe.write();
            CHECK_FALSE(w.has_news()); // the same turn
            co_await turn(w.ctx);
            CHECK(w.has_news());
        }
    }(p));
}

TEST_CASE("what was written before a watch begins to wait is not missed") {
    watched_pipe p;
    run(p.ctx, [](watched_pipe& w) -> awaitable<void> {
        CHECK(w.has_news());
        w.pipe.write(); // while the wait has not begun
        co_await turn(w.ctx);
        CHECK(w.has_news());
    }(p));
}

TEST_CASE("another use of a descriptor's number is waited for anew") {
    watched_pipe p;
    run(p.ctx, [](watched_pipe& w) -> awaitable<void> {
        CHECK(w.has_news());
        co_await turn(w.ctx);
        const int number = w.pipe.out.get();
        const pipe_ends other;
        REQUIRE(::dup3(other.out.get(), number, O_CLOEXEC) == number);
        ++w.use;
        CHECK(w.has_news());
        co_await turn(w.ctx);
        other.write();
        co_await turn(w.ctx);
        CHECK(w.has_news());
    }(p));
}

TEST_CASE("a quiet descriptor is asked in vain only where nothing tells of it") {
    watched_pipe p;
    run(p.ctx, [](watched_pipe& w) -> awaitable<void> {
        CHECK(w.has_news());
        for (int i = 0; i < 3; ++i) {
            co_await turn(w.ctx);
            CHECK(w.has_news() != w.ctx.has_wait_readable());
        }
    }(p));
}

TEST_CASE("no descriptor has no news") {
    io::context ctx(make_backend());
    io::readable_watch watch(ctx);
    CHECK(watch.count(-1, 1) == watch.count(-1, 2));
}

TEST_CASE("a watch may end before its context or after it") {
    const pipe_ends pipe;
    auto ctx = std::make_unique<io::context>(make_backend());
    auto first = std::make_unique<io::readable_watch>(*ctx);
    io::readable_watch second(*ctx);
    first->count(pipe.out.get(), 1);
    second.count(pipe.out.get(), 1);
    run(*ctx, turn(*ctx));
    first.reset();
    ctx.reset();
}
