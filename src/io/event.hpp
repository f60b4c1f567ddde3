// Waiting for something that another coroutine of the same context does.
#pragma once

#include "base/intrusive_list.hpp"
#include "io/completion.hpp"

#include <boost/asio/async_result.hpp>

namespace ringlet::io {

/// In the timers' set with a time that does not come, so that the context knows it at its end.
class event_waiter : public task, public sleeper, public list_hook {
  public:
    event_waiter(context& ctx, finish_fn f) noexcept
        : task(f), sleeper(clock::time_point::max(), *this), ctx_(ctx) {}

    void begin() noexcept { ctx_.timer_set().add(*this); }

    /// Once; false if that had been done, or the context is at its end.
    bool wake() noexcept {
        list_hook::unlink();
        if (!ctx_.timer_set().remove(*this))
            return false;
        ctx_.make_ready(*this);
        return true;
    }

    bool cancelled = false;

  private:
    context& ctx_;
};

/// May be destroyed before those who wait, which then wait until they are cancelled.
class event {
  public:
    /// Completes with (error_code) at the next notify(); operation_aborted when cancelled through
    /// its slot.
    template <class Token>
    auto async_wait(context& ctx, Token&& token) {
        return asio::async_initiate<Token, void(error_code)>(initiate_wait{this, &ctx}, token);
    }

    /// Has everybody who waits go on, in the order in which they came.
    void notify() noexcept {
        while (!waiting_.empty())
            waiting_.front().wake();
    }

  private:
    template <class Handler>
    struct wait_op final : event_waiter {
        wait_op(completion<Handler>&& c, context& ctx) noexcept
            : event_waiter(ctx, &wait_op::finished), done(std::move(c)) {}
        static void finished(task& t, bool invoke) {
            auto* self = static_cast<wait_op*>(&t);
            const error_code e =
                self->cancelled ? error_code(asio::error::operation_aborted) : error_code();
            auto handler = release_with_handler(self);
            if (invoke)
                std::move(handler)(e);
        }
        completion<Handler> done;
    };

    struct initiate_wait {
        event* self;
        context* ctx;
        template <class Handler>
        void operator()(Handler&& h) const {
            auto* w = make_with_handler<wait_op<std::decay_t<Handler>>>(
                *ctx, std::forward<Handler>(h), *ctx);
            connect_slot(w, [w](asio::cancellation_type type) {
                if (type != asio::cancellation_type::none)
                    w->cancelled = w->wake();
            });
            w->begin();
            self->waiting_.push_back(*w);
        }
    };

    intrusive_list<event_waiter> waiting_;
};

} // namespace ringlet::io
