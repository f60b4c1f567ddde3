#include "io/offload_pool.hpp"
#include "io/uring_backend.hpp"
#include "support/io_run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <latch>
#include <stdexcept>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

struct gate {
    std::latch entered{1};
    std::latch leave{1};
    static void pass(void* p) {
        auto& self = *static_cast<gate*>(p);
        self.entered.count_down();
        self.leave.wait();
    }
};

void count(void* p) {
    ++*static_cast<std::atomic<int>*>(p);
}
void fails(void*) {
    throw std::runtime_error("from the pool");
}

} // namespace

TEST_CASE("offloaded calls run on the pool's threads and complete on the context's") {
    io::offload_pool pool(2, 1000);
    io::context ctx(io::make_uring_backend({16, 64}), &pool);
    std::thread::id ran_on;
    struct call {
        std::thread::id& id;
        static void made(void* p) { static_cast<call*>(p)->id = std::this_thread::get_id(); }
    } c{ran_on};
    run(ctx, [&]() -> awaitable<void> {
        auto calling = io::async_offload(ctx, &call::made, &c, asio::as_tuple(asio::use_awaitable));
        const auto [e, thrown] = co_await std::move(calling);
        CHECK_FALSE(e);
        CHECK(thrown == nullptr);
        CHECK(ctx.running_in_this_thread());
    });
    CHECK(ran_on != std::thread::id());
    CHECK(ran_on != std::this_thread::get_id());
}

TEST_CASE("many offloaded calls all come back") {
    io::offload_pool pool(4, 10'000);
    io::context ctx(io::make_uring_backend({16, 64}), &pool);
    std::atomic<int> called{0};
    int back = 0;
    for (int i = 0; i < 5'000; ++i)
        io::async_offload(ctx, &count, &called,
                          [&](io::error_code e, const std::exception_ptr&) { back += !e; });
    run(ctx);
    CHECK(called == 5'000);
    CHECK(back == 5'000);
}

TEST_CASE("what an offloaded call throws is handed over") {
    io::offload_pool pool(1, 10);
    io::context ctx(io::make_uring_backend({16, 64}), &pool);
    std::exception_ptr thrown;
    io::async_offload(ctx, &fails, nullptr,
                      [&](io::error_code, std::exception_ptr t) { thrown = std::move(t); });
    run(ctx);
    REQUIRE(thrown != nullptr);
    CHECK_THROWS_AS(std::rethrow_exception(thrown), std::runtime_error);
}

TEST_CASE("a full queue, and no pool at all, refuse the call") {
    gate g;
    std::atomic<int> called{0};
    std::vector<io::error_code> results;
    const auto note = [&](io::error_code e, const std::exception_ptr&) { results.push_back(e); };
    {
        io::offload_pool pool(1, 1);
        io::context ctx(io::make_uring_backend({16, 64}), &pool);
        io::async_offload(ctx, &gate::pass, &g, [](io::error_code, const std::exception_ptr&) {});
        g.entered.wait();
        io::async_offload(ctx, &count, &called, [](io::error_code, const std::exception_ptr&) {});
        asio::cancellation_signal signal;
        io::async_offload(ctx, &count, &called, asio::bind_cancellation_slot(signal.slot(), note));
        signal.emit(asio::cancellation_type::all);
        g.leave.count_down();
        run(ctx);
    }
    io::context ctx(io::make_uring_backend({16, 64}));
    asio::cancellation_signal signal;
    io::async_offload(ctx, &count, &called, asio::bind_cancellation_slot(signal.slot(), note));
    signal.emit(asio::cancellation_type::all);
    run(ctx);
    CHECK(results == std::vector<io::error_code>(2, asio::error::no_buffer_space));
    CHECK(called == 1);
}

TEST_CASE("a call can be cancelled while it waits in the queue, and not once it runs") {
    gate g;
    io::offload_pool pool(1, 10);
    io::context ctx(io::make_uring_backend({16, 64}), &pool);
    std::atomic<int> called{0};
    asio::cancellation_signal running;
    asio::cancellation_signal queued;
    io::error_code running_result = asio::error::fault;
    io::error_code queued_result;
    io::async_offload(ctx, &gate::pass, &g,
                      asio::bind_cancellation_slot(
                          running.slot(), [&](io::error_code e, const std::exception_ptr&) {
                              running_result = e;
                          }));
    g.entered.wait();
    io::async_offload(ctx, &count, &called,
                      asio::bind_cancellation_slot(
                          queued.slot(), [&](io::error_code e, const std::exception_ptr&) {
                              queued_result = e;
                              g.leave.count_down();
                          }));
    running.emit(asio::cancellation_type::all);
    queued.emit(asio::cancellation_type::all);
    run(ctx);
    CHECK_FALSE(running_result);
    CHECK(queued_result == asio::error::operation_aborted);
    CHECK(called == 0);
}

TEST_CASE("a context that is destroyed waits for its calls, running and queued, which outlive no "
          "argument") {
    io::offload_pool pool(2, 100);
    std::atomic<int> called{0};
    for (int round = 0; round < 50; ++round) {
        io::context ctx(io::make_uring_backend({16, 64}), &pool);
        for (int i = 0; i < 8; ++i)
            spawn(ctx, [&]() -> awaitable<void> {
                struct argument {
                    std::atomic<int>& called;
                    std::string memory = std::string(100, 'x');
                    static void use(void* p) {
                        auto& self = *static_cast<argument*>(p);
                        self.called += self.memory.back() == 'x';
                    }
                } a{called};
                auto calling = io::async_offload(ctx, &argument::use, &a, asio::use_awaitable);
                co_await std::move(calling);
            });
        asio::post(ctx.get_executor(), [&] { ctx.stop(); });
        ctx.run();
    }
    CHECK(called == 400);
}
