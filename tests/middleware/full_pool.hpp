// A middleware behind which the offload pool has no room.
#pragma once

#include "io/offload_pool.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/offload.hpp"
#include "ringlet/sleep.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <latch>
#include <memory>

namespace ringlet::testing {

/// Where the pool's threads wait.
struct pool_gate {
    std::latch open{1};
    std::atomic<std::size_t> waiting{0};
};

inline awaitable<void> occupy(std::shared_ptr<pool_gate> gate) {
    pool_gate& g = *gate;
    auto work = [&g] {
        ++g.waiting;
        g.open.wait();
    };
    co_await offload(work);
}

inline awaitable<void> fill_pool(std::shared_ptr<pool_gate> gate) {
    const boost::asio::any_io_executor ex = co_await boost::asio::this_coro::executor;
    const std::size_t threads = io::context::of(ex)->pool()->threads();
    for (std::size_t i = 0; i < threads; ++i)
        boost::asio::co_spawn(ex, occupy(gate), boost::asio::detached);
    while (gate->waiting < threads)
        co_await sleep_for(std::chrono::milliseconds(1)); // real ones, for work is waited for
    for (std::size_t i = 0; i < limits::offload_queue; ++i)
        boost::asio::co_spawn(ex, occupy(gate), boost::asio::detached);
    auto until_they_began = boost::asio::post(ex, boost::asio::use_awaitable);
    co_await std::move(until_they_began);
}

inline awaitable<response> with_full_pool(request& req, next_handler next) {
    const auto gate = std::make_shared<pool_gate>();
    struct opener {
        pool_gate& g;
        ~opener() { g.open.count_down(); }
    } const at_the_end{*gate};
    co_await fill_pool(gate);
    co_return co_await next(req);
}

} // namespace ringlet::testing
