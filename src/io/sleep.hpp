// Waiting for a time, on the context's own clock.
#pragma once

#include "io/completion.hpp"

namespace ringlet::io {

template <class Handler>
struct sleep_op final : task, sleeper {
    sleep_op(completion<Handler>&& c, clock::time_point until)
        : task(&sleep_op::finished), sleeper(until, *this), done(std::move(c)) {}
    static void finished(task& t, bool invoke) {
        auto* self = static_cast<sleep_op*>(&t);
        const bool cancelled = self->cancelled;
        auto handler = release_with_handler(self);
        if (invoke)
            std::move(handler)(cancelled ? error_code(asio::error::operation_aborted)
                                         : error_code());
    }
    completion<Handler> done;
    bool cancelled = false;
};

struct initiate_sleep {
    context* ctx;

    template <class Handler>
    void operator()(Handler&& h, clock::duration length) const {
        using type = sleep_op<std::decay_t<Handler>>;
        auto* s =
            make_with_handler<type>(*ctx, std::forward<Handler>(h), later(ctx->time(), length));
        connect_slot(s, [c = ctx, s](asio::cancellation_type type_of) {
            if (type_of == asio::cancellation_type::none || !c->timer_set().remove(*s))
                return;
            s->cancelled = true;
            c->make_ready(*s);
        });
        ctx->timer_set().add(*s);
    }
};

/// Completes with (error_code) after `length`; operation_aborted when cancelled through its slot.
template <class Token>
auto async_sleep(context& ctx, clock::duration length, Token&& token) {
    return asio::async_initiate<Token, void(error_code)>(initiate_sleep{&ctx}, token, length);
}

} // namespace ringlet::io
