#include "io/offload_pool.hpp"
#include "ringlet/http_error.hpp"
#include "ringlet/offload.hpp"
#include "support/io_run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;
using namespace asio::experimental::awaitable_operators;

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
    io::context ctx(make_backend({16, 64}), &pool);
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
    io::context ctx(make_backend({16, 64}), &pool);
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
    io::context ctx(make_backend({16, 64}), &pool);
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
        io::context ctx(make_backend({16, 64}), &pool);
        io::async_offload(ctx, &gate::pass, &g, [](io::error_code, const std::exception_ptr&) {});
        g.entered.wait();
        io::async_offload(ctx, &count, &called, [](io::error_code, const std::exception_ptr&) {});
        asio::cancellation_signal signal;
        io::async_offload(ctx, &count, &called, asio::bind_cancellation_slot(signal.slot(), note));
        signal.emit(asio::cancellation_type::all);
        g.leave.count_down();
        run(ctx);
    }
    io::context ctx(make_backend({16, 64}));
    asio::cancellation_signal signal;
    io::async_offload(ctx, &count, &called, asio::bind_cancellation_slot(signal.slot(), note));
    signal.emit(asio::cancellation_type::all);
    run(ctx);
    CHECK(results == std::vector<io::error_code>(2, asio::error::no_buffer_space));
    CHECK(called == 1);
}

TEST_CASE("a cancelled call that waits in the queue is given up, and one that runs is waited for") {
    gate g;
    io::offload_pool pool(1, 10);
    io::context ctx(make_backend({16, 64}), &pool);
    std::atomic<int> called{0};
    asio::cancellation_signal running;
    asio::cancellation_signal queued;
    std::vector<std::string> order;
    const auto note = [&](const char* which) {
        return [&order, which](io::error_code e, const std::exception_ptr&) {
            CHECK(e == asio::error::operation_aborted);
            order.emplace_back(which);
        };
    };
    io::async_offload(ctx, &gate::pass, &g,
                      asio::bind_cancellation_slot(running.slot(), note("running")));
    g.entered.wait();
    io::async_offload(ctx, &count, &called,
                      asio::bind_cancellation_slot(queued.slot(), note("queued")));
    running.emit(asio::cancellation_type::all);
    running.emit(asio::cancellation_type::all);
    queued.emit(asio::cancellation_type::all);
    asio::post(ctx.get_executor(),
               [&] { asio::post(ctx.get_executor(), [&] { g.leave.count_down(); }); });
    run(ctx);
    CHECK(order == std::vector<std::string>{"queued", "running"});
    CHECK(called == 0);
}

TEST_CASE("offload gives what the work returns or throws") {
    io::offload_pool pool(2, 10);
    io::context ctx(make_backend({16, 64}), &pool);
    run(ctx, [&]() -> awaitable<void> {
        auto number = []() { return 42; };
        const int got_number = co_await offload(number);
        CHECK(got_number == 42);
        auto owned = [p = std::make_unique<std::string>("moved")](std::stop_token stop) mutable {
            return stop.stop_requested() ? nullptr : std::move(p);
        };
        const auto got_owned = co_await offload(std::move(owned));
        REQUIRE(got_owned);
        CHECK(*got_owned == "moved");
        auto nothing = [&](std::stop_token) { throw std::invalid_argument("from the pool"); };
        bool thrown = false;
        try {
            co_await offload(nothing);
        } catch (const std::invalid_argument&) {
            thrown = true;
        }
        CHECK(thrown);
    });
}

TEST_CASE("offload of a plain function keeps no stop state") {
    struct plain {
        void operator()() const {}
    };
    struct stoppable {
        void operator()(std::stop_token) const {}
    };
    STATIC_REQUIRE(sizeof(ringlet::detail::offloaded_work<plain>) == sizeof(void*));
    STATIC_REQUIRE_FALSE(ringlet::detail::offloaded_work<plain>::stoppable);
    STATIC_REQUIRE(ringlet::detail::offloaded_work<stoppable>::stoppable);
}

TEST_CASE("cancelling a coroutine stops the work it has offloaded, whose result is dropped") {
    io::offload_pool pool(1, 10);
    io::context ctx(make_backend({16, 64}), &pool);
    std::latch entered(1);
    std::thread::id stopped_on;
    std::atomic<bool> returned = false;
    io::error_code result;
    run(ctx, [&]() -> awaitable<void> {
        auto work = [&](std::stop_token stop) {
            std::latch stopped(1);
            const std::stop_callback on_stop(stop, [&] {
                stopped_on = std::this_thread::get_id();
                stopped.count_down();
            });
            entered.count_down();
            stopped.wait();
            returned = true;
            return 42;
        };
        auto cancel = [&]() -> awaitable<void> {
            entered.wait();
            co_return;
        };
        auto working = [&]() -> awaitable<void> {
            try {
                co_await offload(work);
            } catch (const boost::system::system_error& e) {
                result = e.code();
            }
        };
        auto both = working() || cancel();
        co_await std::move(both);
    });
    CHECK(returned);
    CHECK(result == asio::error::operation_aborted);
    CHECK(stopped_on == std::this_thread::get_id());
}

TEST_CASE("offload with a full queue throws http_error 503") {
    io::offload_pool pool(1, 0);
    io::context ctx(make_backend({16, 64}), &pool);
    unsigned status = 0;
    run(ctx, [&]() -> awaitable<void> {
        auto work = []() {};
        try {
            co_await offload(work);
        } catch (const http_error& e) {
            status = e.status();
        }
    });
    CHECK(status == 503);
}

TEST_CASE("a context that is destroyed asks its calls to stop") {
    io::offload_pool pool(1, 10);
    std::latch entered(1);
    int unwound = 0;
    {
        io::context ctx(make_backend({16, 64}), &pool);
        const auto wait = [&](bool first) -> awaitable<void> {
            struct guard {
                int& count;
                ~guard() { ++count; }
            } const g{unwound};
            auto work = [&entered, first](std::stop_token stop) {
                if (first)
                    entered.count_down();
                std::latch stopped(1);
                const std::stop_callback on_stop(stop, [&] { stopped.count_down(); });
                stopped.wait();
            };
            co_await offload(work);
        };
        spawn(ctx, wait(true));
        spawn(ctx, wait(false)); // waits in the queue
        asio::post(ctx.get_executor(), [&] {
            entered.wait();
            ctx.stop();
        });
        ctx.run();
        CHECK(unwound == 0);
    }
    CHECK(unwound == 2);
}

TEST_CASE("a context that is destroyed waits for its calls, running and queued, which outlive no "
          "argument") {
    io::offload_pool pool(2, 100);
    std::atomic<int> called{0};
    for (int round = 0; round < 50; ++round) {
        io::context ctx(make_backend({16, 64}), &pool);
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
