// Starts a single-shot operation as an ordinary Asio initiating function.
#pragma once

#include "io/completion.hpp"

#include <boost/asio/async_result.hpp>

namespace ringlet::io {

/// An operation with the handler that waits for it and, in Extra, what its request points to.
template <class Handler, class Extra>
struct handler_op final : op {
    handler_op(completion<Handler>&& c, const op_request& r, Extra&& e)
        : op(r, &handler_op::finished), done(std::move(c)), extra(std::move(e)) {
        extra.attach(request);
    }

    static void finished(task& t, bool invoke) {
        auto* self = static_cast<handler_op*>(&t);
        const int result = self->result;
        const error_code e = self->outcome();
        if (!invoke)
            self->extra.drop(result);
        auto done = release_with_handler(self);
        if (invoke)
            std::move(done)(e, result < 0 ? 0 : static_cast<std::size_t>(result));
    }

    // A send that broke off, or was cancelled, half way reports what it had sent, not why it ended.
    error_code outcome() const noexcept {
        if (request.whole && result >= 0 && static_cast<std::uint32_t>(result) < request.size)
            return asio::error::broken_pipe;
        return error_of(result);
    }

    completion<Handler> done;
    Extra extra;
};

struct nothing_extra {
    void attach(op_request&) noexcept {}
    void drop(int) noexcept {} // a result that nobody gets
};

struct cancel_op {
    context* ctx;
    op* target;
    void operator()(asio::cancellation_type type) const {
        if (type != asio::cancellation_type::none)
            ctx->cancel(*target);
    }
};

struct initiate_op {
    context* ctx;

    template <class Handler, class Extra>
    void operator()(Handler&& h, const op_request& request, Extra extra) const {
        using type = handler_op<std::decay_t<Handler>, Extra>;
        auto* o =
            make_with_handler<type>(*ctx, std::forward<Handler>(h), request, std::move(extra));
        connect_slot(o, cancel_op{ctx, o});
        ctx->submit(*o);
    }
};

/// Completes with (error_code, std::size_t): the operation's result. What `request` points to must
/// live until then.
template <class Token, class Extra = nothing_extra>
auto async_op(context& ctx, const op_request& request, Token&& token, Extra extra = {}) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(initiate_op{&ctx}, token,
                                                                      request, std::move(extra));
}

} // namespace ringlet::io
