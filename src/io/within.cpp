#include "ringlet/within.hpp"

#include "ringlet/sleep.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace ringlet::detail {

// `||` waits for the first of two that succeeds: hence `step` must not throw.
awaitable<bool> ends_within(std::chrono::steady_clock::duration length, awaitable<void> step) {
    using namespace boost::asio::experimental::awaitable_operators;
    auto waiting = sleep_for(length);
    auto either = std::move(step) || std::move(waiting);
    const auto first = co_await std::move(either);
    co_return first.index() == 0;
}

} // namespace ringlet::detail
