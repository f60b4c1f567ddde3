// A bound on how long something may take.
#pragma once

#include "ringlet/awaitable.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace ringlet {

namespace detail {

/// Awaits `step`, which must not throw. False: the time had passed, and `step` was cancelled.
awaitable<bool> ends_within(std::chrono::steady_clock::duration length, awaitable<void> step);

/// What an awaitable has given or thrown.
template <class T>
struct outcome {
    struct nothing {};
    std::optional<std::conditional_t<std::is_void_v<T>, nothing, T>> given;
    std::exception_ptr thrown;

    T take() {
        if (thrown)
            std::rethrow_exception(thrown);
        if constexpr (!std::is_void_v<T>)
            return std::move(*given);
    }
};

template <class T>
awaitable<void> await_into(outcome<T>& o, awaitable<T> step) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(step);
        } else {
            T given = co_await std::move(step);
            o.given.emplace(std::move(given));
        }
    } catch (...) {
        o.thrown = std::current_exception();
    }
}

} // namespace detail

/// Awaits `step`, and gives what it gives, or throws what it throws, as soon as it does. When it
/// has not ended after `length`, it is cancelled, its end is waited for, and
/// boost::system::system_error (asio::error::timed_out) thrown:
///
///     auto upstream = co_await within(5s, connect(host, port));
///
/// Cancelling works through Asio's cancellation slots: what is awaited in `step` throws
/// operation_aborted, and what it awaits after that as well, 10 ms later at most, until it ends.
/// What completes without waiting for anything, such as asio::post(), cannot be cancelled.
/// The same happens when the calling coroutine itself is cancelled; its end is that of `step`.
template <class T>
awaitable<T> within(std::chrono::steady_clock::duration length, awaitable<T> step) {
    detail::outcome<T> o;
    auto noting = detail::await_into(o, std::move(step));
    auto ending = detail::ends_within(length, std::move(noting));
    const bool in_time = co_await std::move(ending);
    if (!in_time)
        throw boost::system::system_error(boost::asio::error::timed_out);
    co_return o.take();
}

} // namespace ringlet
