// A bound on how long something may take.
#pragma once

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/system/system_error.hpp>
#include <ringlet/ringlet.hpp>
#include <variant>

namespace example {

using boost::system::error_code;

/// What `step` throws, as a value.
inline ringlet::awaitable<error_code> outcome_of(ringlet::awaitable<void> step) {
    try {
        co_await std::move(step);
        co_return error_code();
    } catch (const boost::system::system_error& e) {
        co_return e.code();
    }
}

/// Awaits `step`; throws http_error 502 when it fails, and 504 when it takes longer than `length`,
/// in which case it is cancelled.
inline ringlet::awaitable<void> in_time(ringlet::awaitable<void> step,
                                        std::chrono::steady_clock::duration length) {
    using namespace boost::asio::experimental::awaitable_operators;
    // `||` waits for the first of two that succeeds: hence no exception in its operands.
    const auto first = co_await (outcome_of(std::move(step)) || ringlet::sleep_for(length));
    if (first.index() == 1)
        throw ringlet::http_error(504, "The server behind this one takes too long.");
    if (const error_code failed = std::get<0>(first))
        throw ringlet::http_error(502, "The server behind this one fails: " + failed.message());
}

} // namespace example
