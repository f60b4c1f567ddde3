// Blocking work from a coroutine.
#pragma once

#include "ringlet/awaitable.hpp"

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace ringlet {

namespace detail {
/// Calls `call(argument)` on a thread of the pool; completes on the caller's thread.
awaitable<void> offload(void (*call)(void*), void* argument);
} // namespace detail

/// Calls `work()` on a thread of a bounded pool, so that it may block, and gives what it returns,
/// or throws what it throws. The calling coroutine is suspended meanwhile. Throws
/// boost::system::system_error: no_buffer_space when too much work is waiting already,
/// operation_aborted when cancelled before it began. Work that has begun is waited for.
template <class F>
awaitable<std::invoke_result_t<F>> offload(F work) {
    using result = std::invoke_result_t<F>;
    if constexpr (std::is_void_v<result>) {
        void (*call)(void*) = [](void* f) { (*static_cast<F*>(f))(); };
        co_await detail::offload(call, std::addressof(work));
    } else {
        struct job {
            F& work;
            std::optional<result> value;
        };
        job todo{work, std::nullopt};
        void (*call)(void*) = [](void* j) {
            auto& self = *static_cast<job*>(j);
            self.value.emplace(self.work());
        };
        co_await detail::offload(call, &todo);
        co_return std::move(*todo.value);
    }
}

} // namespace ringlet
