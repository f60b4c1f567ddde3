// Blocking work from a coroutine.
#pragma once

#include "ringlet/awaitable.hpp"

#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace ringlet {

namespace detail {

/// Calls `call(argument)` on a thread of the pool; completes on the caller's thread. There
/// `stop(argument)`, unless it is null, is called when the result is no longer wanted.
awaitable<void> offload(void (*call)(void*), void* argument, void (*stop)(void*));

/// What the pool's thread needs; lives in the waiting coroutine.
template <class F>
class offloaded_work {
  public:
    static constexpr bool stoppable = std::is_invocable_v<F&, std::stop_token>;
    using result = typename std::conditional_t<stoppable, std::invoke_result<F&, std::stop_token>,
                                               std::invoke_result<F&>>::type;

    explicit offloaded_work(F& work) : work_(work) {}

    static void run(void* self) {
        auto& job = *static_cast<offloaded_work*>(self);
        if constexpr (std::is_void_v<result>)
            job.call();
        else
            job.value_.emplace(job.call());
    }

    static void stop(void* self) {
        if constexpr (stoppable)
            static_cast<offloaded_work*>(self)->stop_.request_stop();
    }

    result take() {
        if constexpr (!std::is_void_v<result>)
            return std::move(*value_);
    }

  private:
    struct no_stop {};
    struct no_value {};

    result call() {
        if constexpr (stoppable)
            return work_(stop_.get_token());
        else
            return work_();
    }

    F& work_;
    [[no_unique_address]] std::conditional_t<stoppable, std::stop_source, no_stop> stop_;
    [[no_unique_address]] std::conditional_t<std::is_void_v<result>, no_value,
                                             std::optional<result>>
        value_;
};

} // namespace detail

/// Calls `work()`, or `work(std::stop_token)` if it takes one, on a thread of a bounded pool, so
/// that it may block, and gives what it returns, or throws what it throws. The calling coroutine
/// is suspended meanwhile, and everything in it stays alive until `work` has returned.
///
/// When the coroutine is cancelled, work that waits for a thread is given up. Work that runs is
/// asked to stop through its token, and waited for in any case; its result is dropped. Callbacks
/// of the token run on the coroutine's thread and must not block.
///
/// Throws boost::system::system_error (operation_aborted) when cancelled, and http_error 503 when
/// limits::offload_queue calls are waiting already. Only for coroutines that run on a ringlet
/// server; std::logic_error elsewhere.
template <class F>
awaitable<typename detail::offloaded_work<F>::result> offload(F work) {
    using job = detail::offloaded_work<F>;
    job todo(work);
    void (*const stop)(void*) = job::stoppable ? &job::stop : nullptr;
    co_await detail::offload(&job::run, &todo, stop);
    co_return todo.take();
}

} // namespace ringlet
