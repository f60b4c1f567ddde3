#include "ringlet/within.hpp"

#include "io/cancel_again.hpp"
#include "ringlet/sleep.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ringlet::detail {

namespace asio = boost::asio;

namespace {

// In the frame of ends_within(), and so outlives both coroutines that refer to it.
struct bounded_step {
    asio::cancellation_signal cancel;
    bool expired = false;

    // As an operation that is cancelled through `cancel` alone.
    auto start(const asio::any_io_executor& ex, awaitable<void> step) {
        auto initiate = [this, ex](auto ended, awaitable<void> what) {
            asio::co_spawn(ex, run(std::move(what)),
                           asio::bind_cancellation_slot(cancel.slot(), std::move(ended)));
        };
        return asio::async_initiate<const asio::deferred_t, void(std::exception_ptr)>(
            std::move(initiate), asio::deferred, std::move(step));
    }

    static awaitable<void> run(awaitable<void> step) {
        co_await asio::this_coro::throw_if_cancelled(false); // see cancel_again_time
        co_await std::move(step);
    }

    // For ever: it is cancelled when the step has ended.
    awaitable<void> bound(std::chrono::steady_clock::duration length) {
        co_await sleep_for(length);
        for (expired = true;;) {
            cancel.emit(asio::cancellation_type::terminal);
            co_await sleep_for(io::cancel_again_time);
        }
    }
};

// Passes on what the calling coroutine is told.
class passing_on {
  public:
    passing_on(asio::cancellation_slot from, asio::cancellation_signal& to) : from_(from) {
        if (from_.is_connected())
            from_.assign([&to](asio::cancellation_type type) { to.emit(type); });
    }
    passing_on(const passing_on&) = delete;
    passing_on& operator=(const passing_on&) = delete;
    ~passing_on() {
        if (from_.is_connected())
            from_.clear();
    }

  private:
    asio::cancellation_slot from_;
};

} // namespace

awaitable<bool> ends_within(std::chrono::steady_clock::duration length, awaitable<void> step) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    bounded_step s;
    const passing_on caller(state.slot(), s.cancel);
    auto bounding = asio::co_spawn(ex, s.bound(length), asio::deferred);
    auto both =
        asio::experimental::make_parallel_group(s.start(ex, std::move(step)), std::move(bounding));
    // Cancelled by nobody but itself: it tells its members no more than once.
    auto ending = both.async_wait(
        asio::experimental::wait_for_one(),
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    co_await std::move(ending);
    co_return !s.expired;
}

} // namespace ringlet::detail
