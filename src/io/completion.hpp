// Calls an Asio handler the way Asio asks for: on its associated executor, counted as work until
// then.
#pragma once

#include "io/context.hpp"

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <type_traits>

namespace ringlet::io {

using boost::system::error_code;

/// The result of an operation as Asio reports it.
inline error_code error_of(int result) noexcept {
    if (result >= 0)
        return {};
    if (result == -ECANCELED)
        return asio::error::operation_aborted;
    return {-result, boost::system::system_category()};
}

/// Holds a handler until it is called, once, or dropped.
template <class Handler>
class completion {
  public:
    using executor_type = asio::associated_executor_t<Handler, executor>;
    using foreign_executor = std::decay_t<decltype(asio::prefer(
        std::declval<executor_type>(), asio::execution::outstanding_work.tracked))>;

    template <class H>
    completion(context& ctx, H&& h) : ctx_(&ctx), handler_(std::forward<H>(h)) {
        auto ex = asio::get_associated_executor(handler_, ctx.get_executor());
        if (!runs_on(ex, ctx))
            foreign_.emplace(
                asio::prefer(std::move(ex), asio::execution::outstanding_work.tracked));
        ctx_->work_started();
    }
    completion(completion&& other)
        : ctx_(std::exchange(other.ctx_, nullptr)),
          handler_(std::move(other.handler_)),
          foreign_(std::move(other.foreign_)) {}
    completion& operator=(completion&&) = delete;
    ~completion() {
        if (ctx_ != nullptr)
            ctx_->work_finished();
    }

    Handler& handler() noexcept { return handler_; }
    context& owner() const noexcept { return *ctx_; }
    auto slot() const noexcept { return asio::get_associated_cancellation_slot(handler_); }

    template <class... Results>
    void operator()(Results... results) && {
        if (!foreign_) {
            std::move(handler_)(std::move(results)...);
            return;
        }
        asio::dispatch(*foreign_, [h = std::move(handler_), ... r = std::move(results)]() mutable {
            std::move(h)(std::move(r)...);
        });
    }

  private:
    static bool runs_on(const executor_type& ex, const context& ctx) noexcept {
        if constexpr (std::is_same_v<executor_type, executor>)
            return &ex.owner() == &ctx;
        else if constexpr (std::is_same_v<executor_type, asio::any_io_executor>)
            return context::of(ex) == &ctx;
        else
            return false;
    }

    context* ctx_;
    Handler handler_;
    std::optional<foreign_executor> foreign_; // where the handler belongs, if not on this context
};

/// Makes objects of type T with the allocator that is associated with a handler.
template <class T, class Handler>
using handler_allocator = typename std::allocator_traits<asio::associated_allocator_t<
    Handler, asio::recycling_allocator<void>>>::template rebind_alloc<T>;

template <class T, class Handler>
handler_allocator<T, Handler> allocator_for(const Handler& h) noexcept {
    return handler_allocator<T, Handler>(
        asio::get_associated_allocator(h, asio::recycling_allocator<void>()));
}

/// Allocates a T with the allocator of the handler `h`, which the T takes over (or copies, if it is
/// an lvalue).
template <class T, class Handler, class... Args>
T* make_with_handler(context& ctx, Handler&& h, Args&&... args) {
    auto allocator = allocator_for<T>(h);
    T* self = std::allocator_traits<decltype(allocator)>::allocate(allocator, 1);
    try {
        return new (self) T(completion<std::decay_t<Handler>>(ctx, std::forward<Handler>(h)),
                            std::forward<Args>(args)...);
    } catch (...) {
        std::allocator_traits<decltype(allocator)>::deallocate(allocator, self, 1);
        throw;
    }
}

/// Takes the completion out of a T made by make_with_handler() and frees the T, so that the handler
/// finds its memory free for what it starts next.
template <class T>
auto release_with_handler(T* self) {
    auto done = std::move(self->done);
    auto allocator = allocator_for<T>(done.handler());
    self->~T();
    std::allocator_traits<decltype(allocator)>::deallocate(allocator, self, 1);
    if (auto slot = done.slot(); slot.is_connected())
        slot.clear();
    return done;
}

/// Has `cancel` called when the handler's slot is. To be done before anything else knows `self`,
/// which is freed when there is no memory for it.
template <class T, class Cancel>
void connect_slot(T* self, Cancel cancel) {
    auto slot = self->done.slot();
    if (!slot.is_connected())
        return;
    try {
        slot.template emplace<Cancel>(std::move(cancel));
    } catch (...) {
        release_with_handler(self);
        throw;
    }
}

} // namespace ringlet::io
