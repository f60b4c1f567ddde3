#include "io/executor.hpp"
#include "support/io_run.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>

using namespace ringlet;
using namespace ringlet::testing;

static_assert(asio::execution::is_executor_v<io::executor>);
static_assert(asio::can_require_v<io::executor, asio::execution::blocking_t::never_t>);
static_assert(asio::can_prefer_v<io::executor, asio::execution::outstanding_work_t::tracked_t>);

TEST_CASE("executors of one context are equal, whatever work they track") {
    io::context a(make_backend({16, 64}));
    io::context b(make_backend({16, 64}));
    CHECK(a.get_executor() == a.get_executor());
    CHECK(a.get_executor() != b.get_executor());
    const auto tracked = asio::require(a.get_executor(), asio::execution::outstanding_work.tracked);
    CHECK(tracked == a.get_executor());
    const auto never = asio::require(a.get_executor(), asio::execution::blocking.never);
    CHECK(never != a.get_executor());
    CHECK(asio::query(never, asio::execution::blocking) == asio::execution::blocking.never);
}

TEST_CASE("an executor knows its context, also behind any_io_executor") {
    io::context ctx(make_backend({16, 64}));
    const asio::any_io_executor any = ctx.get_executor();
    CHECK(io::context::of(any) == &ctx);
    CHECK(&asio::query(any, asio::execution::context) == &ctx);
    asio::io_context other;
    CHECK(io::context::of(asio::any_io_executor(other.get_executor())) == nullptr);
}

TEST_CASE("copies, moves and assignments of a tracked executor leave the count right") {
    io::context ctx(make_backend({16, 64}));
    {
        auto a = asio::require(ctx.get_executor(), asio::execution::outstanding_work.tracked);
        auto b = a;
        auto c = std::move(a);
        a = c;
        b = ctx.get_executor();
        c = std::move(a);
        auto d = asio::require(c, asio::execution::outstanding_work.untracked);
        c = d;
    }
    run(ctx); // would not return with work left over
}

TEST_CASE("a handler bound to another executor is called there, and keeps both in work") {
    io::context ctx(make_backend({16, 64}));
    asio::thread_pool pool(1);
    std::thread::id ran_on;
    io::async_sleep(ctx, 1ms, asio::bind_executor(pool, [&](io::error_code) {
                        ran_on = std::this_thread::get_id();
                    }));
    run(ctx);
    pool.join();
    CHECK(ran_on != std::thread::id());
    CHECK(ran_on != std::this_thread::get_id());
}

TEST_CASE("a strand over the executor works") {
    io::context ctx(make_backend({16, 64}));
    const auto strand = asio::make_strand(ctx.get_executor());
    int ran = 0;
    for (int i = 0; i < 10; ++i)
        asio::post(strand, [&] { ++ran; });
    io::async_sleep(ctx, 1ms, asio::bind_executor(strand, [&](io::error_code) { ++ran; }));
    run(ctx);
    CHECK(ran == 11);
}

TEST_CASE("a handler that is an lvalue is copied, not stolen") {
    io::context ctx(make_backend({16, 64}));
    auto count = std::make_shared<int>(0);
    auto handler = [count](io::error_code) { ++*count; };
    io::async_sleep(ctx, 1ms, handler);
    const auto constant = handler;
    io::async_sleep(ctx, 1ms, constant);
    handler({});
    run(ctx);
    CHECK(*count == 3);
}
