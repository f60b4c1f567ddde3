// The awaitable functions of the public headers, on whatever executor the calling coroutine has.
#include "io/offload_pool.hpp"
#include "io/sleep.hpp"
#include "ringlet/http_error.hpp"
#include "ringlet/offload.hpp"
#include "ringlet/sleep.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace ringlet {
namespace {

namespace asio = boost::asio;

void throw_if(const boost::system::error_code& e) {
    if (e)
        throw boost::system::system_error(e);
}

} // namespace

namespace {

// On somebody else's executor.
awaitable<void> sleep_elsewhere(std::chrono::steady_clock::duration length) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    asio::steady_timer timer(ex, length);
    auto waiting = timer.async_wait(asio::as_tuple(asio::deferred));
    const auto [e] = co_await std::move(waiting);
    throw_if(e);
}

io::context* context_of(const asio::any_io_executor& ex) noexcept {
    return io::context::of(ex);
}

} // namespace

// Ten thousand of these wait at once: what is needed elsewhere only has a frame of its own.
awaitable<void> sleep_for(std::chrono::steady_clock::duration length) {
    io::context* const ctx = context_of(co_await asio::this_coro::executor);
    if (ctx == nullptr) {
        co_await sleep_elsewhere(length);
        co_return;
    }
    auto sleeping = io::async_sleep(*ctx, length, asio::as_tuple(asio::deferred));
    const auto [e] = co_await std::move(sleeping);
    throw_if(e);
}

namespace detail {

awaitable<void> offload(void (*call)(void*), void* argument, void (*stop)(void*)) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    io::context& ctx = io::context::of(ex, "offload()");
    auto working = io::async_offload(ctx, call, argument, asio::as_tuple(asio::deferred), stop);
    const auto [e, thrown] = co_await std::move(working);
    if (e == asio::error::no_buffer_space)
        throw http_error(503, "The server has too much to do. Try again later.");
    throw_if(e);
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace detail
} // namespace ringlet
