// The executor of a context: what Asio, and so every coroutine, runs things through.
#pragma once

#include "io/context.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/recycling_allocator.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace ringlet::io {

/// Models Asio's standard executor. execute() is thread-safe.
class executor {
  public:
    explicit executor(context& ctx) noexcept : ctx_(&ctx) {}
    executor(const executor& other) noexcept : executor(*other.ctx_, other.bits_) {}
    executor(executor&& other) noexcept
        : ctx_(other.ctx_), bits_(std::exchange(other.bits_, other.bits_ & ~tracked)) {}
    executor& operator=(executor other) noexcept {
        std::swap(ctx_, other.ctx_);
        std::swap(bits_, other.bits_);
        return *this;
    }
    ~executor() {
        if (bits_ & tracked)
            ctx_->remote_work_finished();
    }

    /// Whether work counts as outstanding makes no difference to where it runs.
    bool operator==(const executor& other) const noexcept {
        return ctx_ == other.ctx_ && (bits_ & ~tracked) == (other.bits_ & ~tracked);
    }

    context& owner() const noexcept { return *ctx_; }
    bool running_in_this_thread() const noexcept { return ctx_->running_in_this_thread(); }

    /// Runs `f` on the context's thread: at once if that is this thread and blocking is allowed,
    /// else from its loop.
    template <class F>
    void execute(F&& f) const {
        if (!(bits_ & never) && ctx_->inside_run()) {
            std::decay_t<F> function(std::forward<F>(f));
            std::move(function)();
        } else {
            ctx_->post(*function_task<std::decay_t<F>>::create(*ctx_, std::forward<F>(f)));
        }
    }

    // clang-format off
    executor require(asio::execution::blocking_t::possibly_t) const { return with(never, 0); }
    executor require(asio::execution::blocking_t::never_t) const { return with(never, never); }
    executor require(asio::execution::relationship_t::fork_t) const { return with(continues, 0); }
    executor require(asio::execution::relationship_t::continuation_t) const { return with(continues, continues); }
    executor require(asio::execution::outstanding_work_t::tracked_t) const { return with(tracked, tracked); }
    executor require(asio::execution::outstanding_work_t::untracked_t) const { return with(tracked, 0); }

    context& query(asio::execution::context_t) const noexcept { return *ctx_; }
    static constexpr asio::execution::mapping_t query(asio::execution::mapping_t) noexcept {
        return asio::execution::mapping.thread;
    }
    // clang-format on
    asio::execution::blocking_t query(asio::execution::blocking_t) const noexcept {
        if (bits_ & never)
            return asio::execution::blocking.never;
        return asio::execution::blocking.possibly;
    }
    asio::execution::relationship_t query(asio::execution::relationship_t) const noexcept {
        if (bits_ & continues)
            return asio::execution::relationship.continuation;
        return asio::execution::relationship.fork;
    }
    asio::execution::outstanding_work_t query(asio::execution::outstanding_work_t) const noexcept {
        if (bits_ & tracked)
            return asio::execution::outstanding_work.tracked;
        return asio::execution::outstanding_work.untracked;
    }

  private:
    enum : unsigned { never = 1, tracked = 2, continues = 4 };

    executor(context& ctx, unsigned bits) noexcept : ctx_(&ctx), bits_(bits) {
        if (bits_ & tracked)
            ctx_->remote_work_started();
    }
    executor with(unsigned mask, unsigned value) const noexcept {
        return executor(*ctx_, (bits_ & ~mask) | value);
    }

    template <class F>
    struct function_task : task {
        using allocator = asio::recycling_allocator<function_task>;

        template <class G>
        static function_task* create(context& ctx, G&& g) {
            function_task* self = allocator().allocate(1);
            return new (self) function_task(ctx, std::forward<G>(g));
        }

        template <class G>
        function_task(context& ctx, G&& g)
            : task(&finish), owner(ctx), function(std::forward<G>(g)) {
            owner.remote_work_started();
        }
        ~function_task() { owner.remote_work_finished(); }

        static void finish(task& t, bool invoke) {
            auto* self = static_cast<function_task*>(&t);
            F function(std::move(self->function));
            self->~function_task();
            allocator().deallocate(self, 1);
            if (invoke)
                std::move(function)();
        }

        context& owner;
        F function;
    };

    context* ctx_;
    unsigned bits_ = 0;
};

inline executor context::get_executor() noexcept {
    return executor(*this);
}

inline context* context::of(const asio::any_io_executor& ex) noexcept {
    const executor* ours = ex.target<executor>();
    return ours ? &ours->owner() : nullptr;
}

} // namespace ringlet::io
