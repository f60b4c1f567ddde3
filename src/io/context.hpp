// The scheduler: an Asio execution context whose operations a backend carries out.
#pragma once

#include "io/backend.hpp"
#include "io/block_pool.hpp"
#include "io/provided_buffers.hpp"
#include "io/timers.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/detail/thread_context.hpp>
#include <boost/asio/detail/thread_info_base.hpp>
#include <boost/asio/execution_context.hpp>

#include <atomic>
#include <memory>
#include <thread>

namespace ringlet::io {

namespace asio = boost::asio;

class executor;
class offload_pool;

using offloaded_hook = boost::intrusive::list_base_hook<
    boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
    boost::intrusive::tag<struct offloaded_tag>>; // beside the pool's own, which other threads
                                                  // touch

/// A call that a pool's thread makes for a context, until its end has been seen.
struct offloaded : offloaded_hook {
    offloaded(void (*s)(void*), void* a) noexcept : stop(s), argument(a) {}
    void request_stop() {
        if (stop != nullptr)
            stop(argument);
    }
    void (*stop)(void*);
    void* argument;
};

/// Somebody who wants to know when the loop has run all that was ready and is about to wait: what
/// has not happened by then waits for the kernel.
class wait_observer : public list_hook {
  public:
    virtual void about_to_wait() = 0;

  protected:
    ~wait_observer() = default;
};

/// Who beside the backend may bring a context something to do, as far as the context can tell.
enum class outside_work {
    none,    // nobody
    unknown, // whoever holds an executor as work: another thread, or just a coroutine of its own
    asio,    // the same, and Asio's services run a thread for it
    pool,    // the offload pool, and it does
};

/// One thread runs a context, and all of its operations start and end on that thread. From other
/// threads only the executor's execute(), and stop(), may be called.
///
/// Deriving from Asio's thread_context lets Asio recycle coroutine frames and handlers per thread.
class context : public asio::execution_context, private asio::detail::thread_context {
  public:
    using executor_type = executor;

    /// `pool`, if any, runs what is offloaded, and must outlive the context.
    explicit context(std::unique_ptr<backend> b, offload_pool* pool = nullptr);

    /// Cancels what is in flight, waits for its end, then destroys all handlers without calling
    /// them. On the context's thread.
    ~context();

    executor get_executor() noexcept;

    /// Runs until there is no more work, or stop(), or the backend gives up waiting for any. The
    /// calling thread becomes the context's. Passes on what handlers throw; run() can then be
    /// called again.
    void run();

    /// Makes run() return soon. From any thread.
    void stop() noexcept;

    bool running_in_this_thread() const noexcept;

    /// Whether the caller is called by run(), so that what it dispatches can run inline.
    bool inside_run() const noexcept { return running_in_this_thread() && running_; }

    /// The context behind `ex`, or nullptr if `ex` is another kind of executor.
    static context* of(const asio::any_io_executor& ex) noexcept;

    /// The same; throws std::logic_error, which names `caller`, if there is none.
    static context& of(const asio::any_io_executor& ex, const char* caller);

    std::string_view backend_name() const noexcept { return backend_->name(); }
    offload_pool* pool() const noexcept { return pool_; }

    // --- for operations; on the context's thread only ---

    void submit(op& o) { backend_->submit(o); }
    void cancel(op& o) { backend_->cancel(o); }
    void cancel_descriptor(int fd) { backend_->cancel_descriptor(fd); }
    void close(int fd) { backend_->close(fd); }
    void shutdown_send(int fd) noexcept { backend_->shutdown_send(fd); }
    void reset_on_close(int fd, bool reset) noexcept { backend_->reset_on_close(fd, reset); }
    void lift_unsent_limit(int fd) noexcept { backend_->lift_unsent_limit(fd); }
    bool has_wait_readable() const noexcept { return backend_->has_wait_readable(); }
    bool received_at_once() const noexcept { return backend_->received_at_once(); }
    socket_backlog backlog(int fd) noexcept { return backend_->backlog(fd); }
    std::uint64_t acknowledged(int fd) noexcept { return backend_->acknowledged(fd); }

    /// Runs `t` from the loop, soon.
    void make_ready(task& t) noexcept { ready_.push(t); }

    /// The same, from any thread.
    void post(task& t) noexcept;

    /// Calls `w.about_to_wait()` once, unless it is unlinked before.
    void before_wait(wait_observer& w) noexcept { observers_.push_back(w); }

    /// Work that run() waits for: each handler that is to be called. On the context's thread.
    void work_started() noexcept { ++local_work_; }
    void work_finished() noexcept { --local_work_; }

    /// The same for work that other threads hold. From any thread.
    void remote_work_started() noexcept { remote_work_.fetch_add(1, std::memory_order_relaxed); }
    void remote_work_finished() noexcept;

    /// What is offloaded to the pool comes back by post(). The context outlives it: in its
    /// destructor it asks for a stop, and waits.
    void offload_started(offloaded& o) noexcept { offloaded_.push_back(o); }

    /// For backends that do not wait in the kernel.
    outside_work outside();

    provided_buffers& buffers() noexcept { return buffers_; }
    block_pool& blocks() noexcept { return blocks_; }
    timers& timer_set() noexcept { return timers_; }

    /// The time when the loop last woke: cheap, and as exact as deadlines need.
    clock::time_point now() const noexcept { return now_; }

    /// How often the loop has looked for news: what it was told in one turn came before its end.
    std::uint64_t turn() const noexcept { return turn_; }

    /// The time right now, on the backend's clock.
    clock::time_point time() const noexcept { return backend_->now(); }

  private:
    class waker;
    bool has_work() const noexcept;
    void run_ready();
    void take_posts();
    void tell_observers();
    void drain();
    void end_asio_threads();
    void discard_all();

    std::unique_ptr<backend> backend_;
    offload_pool* pool_;
    task_list ready_;
    intrusive_list<wait_observer> observers_;
    timers timers_;
    block_pool blocks_;
    provided_buffers buffers_;
    clock::time_point now_;
    std::uint64_t turn_ = 1;
    std::size_t local_work_ = 0;
    boost::intrusive::list<offloaded, boost::intrusive::base_hook<offloaded_hook>,
                           boost::intrusive::constant_time_size<false>>
        offloaded_;
    bool running_ = false;                // touched on the context's thread only
    std::atomic<std::thread::id> thread_; // read by every thread that posts

    std::atomic<task*> posts_{nullptr}; // newest first
    std::atomic<long> remote_work_{0};
    std::atomic<bool> stopped_{false};
    std::atomic<unsigned> wakers_{0}; // other threads between their news and the end of their wake
};

} // namespace ringlet::io

#include "io/executor.hpp"
