// Threads for work that blocks, with a bounded queue.
#pragma once

#include "base/intrusive_list.hpp"
#include "io/completion.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace ringlet::io {

/// One call to be made on a pool's thread. Owned by whoever queued it, until `run` has been called.
struct offload_job : list_hook {
    using run_fn = void (*)(offload_job&);
    explicit offload_job(run_fn r) noexcept : run(r) {}
    run_fn run;
};

/// Thread-safe. Outlives the contexts that use it.
class offload_pool {
  public:
    offload_pool(unsigned threads, std::size_t queue_most);

    /// Runs what is queued, then ends the threads.
    ~offload_pool();

    /// Queues `job`; false when the queue is full.
    bool try_push(offload_job& job);

    std::size_t threads() const noexcept { return threads_.size(); }

    /// Takes `job` back; false when a thread has it already.
    bool remove(offload_job& job) noexcept;

  private:
    void work();
    void end();

    const std::size_t queue_most_;
    std::mutex mutex_;
    std::condition_variable changed_;
    intrusive_list<offload_job> queue_;
    std::size_t queued_ = 0;
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

template <class Handler>
struct offload_op final : task, offload_job, offloaded {
    using call_fn = void (*)(void*);

    offload_op(completion<Handler>&& c, call_fn f, void* a, call_fn s)
        : task(&offload_op::finished),
          offload_job(&offload_op::run_job),
          offloaded(s, a),
          done(std::move(c)),
          call(f) {}

    static void run_job(offload_job& job) {
        auto& self = static_cast<offload_op&>(job);
        try {
            self.call(self.argument);
        } catch (...) {
            self.thrown = std::current_exception();
        }
        self.done.owner().post(self);
    }

    static void finished(task& t, bool invoke) {
        auto* self = static_cast<offload_op*>(&t);
        const error_code e = self->error;
        std::exception_ptr thrown = std::move(self->thrown);
        auto handler = release_with_handler(self);
        if (invoke)
            std::move(handler)(e, std::move(thrown));
    }

    // The call may be over by now, without its end having been seen.
    void cancel() {
        if (error) // refused, or cancelled before
            return;
        error = asio::error::operation_aborted;
        context& ctx = done.owner();
        if (ctx.pool()->remove(*this))
            ctx.make_ready(*this);
        else
            request_stop();
    }

    completion<Handler> done;
    call_fn call;
    error_code error;
    std::exception_ptr thrown;
};

struct initiate_offload {
    context* ctx;

    template <class Handler>
    void operator()(Handler&& h, void (*call)(void*), void* argument, void (*stop)(void*)) const {
        using type = offload_op<std::decay_t<Handler>>;
        auto* o = make_with_handler<type>(*ctx, std::forward<Handler>(h), call, argument, stop);
        connect_slot(o, [o](asio::cancellation_type type_of) {
            if (type_of != asio::cancellation_type::none)
                o->cancel();
        });
        offload_pool* pool = ctx->pool();
        if (pool != nullptr && pool->try_push(*o))
            ctx->offload_started(*o);
        else
            refuse(*o);
    }

    template <class Op>
    void refuse(Op& o) const {
        o.error = asio::error::no_buffer_space;
        ctx->make_ready(o);
    }
};

/// Calls `call(argument)` on a thread of the context's pool. Completes with (error_code,
/// std::exception_ptr): what the call threw; no_buffer_space when the queue is full;
/// operation_aborted when cancelled, at once if the call waits in the queue. If it runs,
/// `stop(argument)` is called, unless it is null, on the context's thread, and the call is waited
/// for. The same happens when the context is destroyed.
template <class Token>
auto async_offload(context& ctx, void (*call)(void*), void* argument, Token&& token,
                   void (*stop)(void*) = nullptr) {
    return asio::async_initiate<Token, void(error_code, std::exception_ptr)>(
        initiate_offload{&ctx}, token, call, argument, stop);
}

} // namespace ringlet::io
