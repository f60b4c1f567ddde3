// A listening socket with one armed accept.
#pragma once

#include "base/unique_fd.hpp"
#include "io/completion.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <deque>

namespace ringlet::io {

class acceptor_op;

/// Somebody who waits for a connection.
struct accept_waiter : task {
    explicit accept_waiter(finish_fn f) noexcept : task(f) {}
    acceptor_op* waits_for = nullptr; // until it is ready; it may outlive the listener from then on
    error_code error;
    unique_fd fd;
};

/// The state behind a listener; lives on until the kernel lets go of the accept.
class acceptor_op final : op {
  public:
    acceptor_op(context& ctx, int fd) noexcept;
    void start(accept_waiter& w);
    void cancel();
    void abandon();
    void stop();

  private:
    ~acceptor_op() = default;
    static void arrived(op& o, int result, std::uint32_t flags) noexcept;
    static void finished(task& t, bool invoke);
    void keep(unique_fd fd) noexcept;
    bool deliver();
    void arm();
    void complete_waiter();

    context& ctx_;
    accept_waiter* waiter_ = nullptr;
    std::deque<unique_fd> accepted_;
    int error_ = 0; // a negative errno, given to the next waiter
    bool armed_ = false;
    bool stopped_ = false;
    bool abandoned_ = false;
};

/// Accepts connections from a bound and listening descriptor. One accept at a time, on the
/// context's thread.
class listener {
  public:
    listener(context& ctx, unique_fd fd);
    listener(listener&& other) noexcept;
    listener& operator=(listener&&) = delete;
    ~listener() { close(); }

    /// Completes with (error_code, unique_fd). Errors such as EMFILE do not end the listener;
    /// accept again, later.
    template <class Token>
    auto async_accept(Token&& token) {
        return asio::async_initiate<Token, void(error_code, unique_fd)>(initiate{this}, token);
    }
    auto accept() { return async_accept(asio::as_tuple(asio::deferred)); }

    /// The same without a handler, for who accepts even when there is no memory: `w` is finished
    /// with what has come. It lives until then, and the listener is open.
    void start(accept_waiter& w) { op_->start(w); }

    /// Takes no further connection from the kernel. Those that are accepted are still delivered;
    /// then operation_aborted.
    void stop() {
        if (op_ != nullptr)
            op_->stop();
    }

    void close();

  private:
    struct cancel_accept {
        accept_waiter* waiter;
        void operator()(asio::cancellation_type type) const {
            if (type != asio::cancellation_type::none && waiter->waits_for != nullptr)
                waiter->waits_for->cancel();
        }
    };

    template <class Handler>
    struct accept_op final : accept_waiter {
        explicit accept_op(completion<Handler>&& c)
            : accept_waiter(&accept_op::finished), done(std::move(c)) {}
        static void finished(task& t, bool invoke) {
            auto* self = static_cast<accept_op*>(&t);
            unique_fd got = std::move(self->fd);
            const error_code e = self->error;
            auto handler = release_with_handler(self);
            if (invoke)
                std::move(handler)(e, std::move(got));
        }
        completion<Handler> done;
    };

    struct initiate {
        listener* self;
        template <class Handler>
        void operator()(Handler&& h) const {
            using type = accept_op<std::decay_t<Handler>>;
            auto* w = make_with_handler<type>(*self->ctx_, std::forward<Handler>(h));
            if (self->op_ == nullptr) {
                w->error = asio::error::bad_descriptor;
                self->ctx_->make_ready(*w);
                return;
            }
            connect_slot(w, cancel_accept{w});
            self->op_->start(*w);
        }
    };

    context* ctx_;
    unique_fd fd_;
    acceptor_op* op_; // owns itself
};

} // namespace ringlet::io
