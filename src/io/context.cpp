#include "io/context.hpp"

#include <boost/asio/detail/resolver_service.hpp>
#include <boost/asio/detail/scheduler.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>
#include <unistd.h>

namespace ringlet::io {

// TRICKY: what another thread has posted may be run, and be the last work there was, before that
// thread comes to wake the loop: by then run() may have returned and the context's owner may
// destroy it. So the destructor waits for wakers, which are counted before their news can be seen.
class context::waker {
  public:
    explicit waker(context& ctx) noexcept : ctx_(ctx) {
        ctx_.wakers_.fetch_add(1, std::memory_order_relaxed);
    }
    waker(const waker&) = delete;
    waker& operator=(const waker&) = delete;
    ~waker() { ctx_.wakers_.fetch_sub(1, std::memory_order_release); }
    void wake() noexcept { ctx_.backend_->wake(); }

  private:
    context& ctx_;
};

context::context(std::unique_ptr<backend> b, offload_pool* pool)
    : backend_(std::move(b)),
      pool_(pool),
      buffers_(*backend_, blocks_),
      now_(backend_->now()),
      thread_(std::this_thread::get_id()) {
    backend_->attach(*this);
}

context::~context() {
    thread_ = std::this_thread::get_id();
    for (offloaded& o : offloaded_)
        o.request_stop();
    drain();
    discard_all();
    end_asio_threads();
    asio::execution_context::shutdown();
    discard_all();
    asio::execution_context::destroy();
    backend_->wait(clock::duration::zero(), ready_); // the last of the sockets that went with them
    while (wakers_.load(std::memory_order_acquire) != 0)
        std::this_thread::yield();
}

void context::run() {
    thread_ = std::this_thread::get_id();
    asio::detail::thread_info_base recycled;
    thread_call_stack::context on_stack(this, recycled);

    struct running_flag {
        bool& flag;
        ~running_flag() { flag = false; }
    } const running{running_ = true};

    now_ = backend_->now();
    while (!stopped_.exchange(false, std::memory_order_acquire)) {
        run_ready();
        take_posts();
        timers_.expire(now_, ready_);
        if (!has_work())
            break;
        tell_observers();
        const bool idle = !buffers_.serve_waiters() && ready_.empty();
        const auto timeout = idle ? timers_.until_next(now_) : clock::duration::zero();
        if (!backend_->wait(timeout, ready_))
            break;
        now_ = backend_->now();
        ++turn_;
        run_ready(); // most answers take two steps, and each would ask the kernel for more
    }
    // Carries out what nobody waits for, such as the last close.
    backend_->wait(clock::duration::zero(), ready_);
    stopped_.store(false, std::memory_order_relaxed); // a stop() that came with the last work
}

void context::stop() noexcept {
    waker loop(*this);
    stopped_.store(true, std::memory_order_release);
    loop.wake();
}

context& context::of(const asio::any_io_executor& ex, const char* caller) {
    if (context* ctx = of(ex))
        return *ctx;
    throw std::logic_error(std::string(caller) +
                           " needs a coroutine that runs on a ringlet server");
}

bool context::running_in_this_thread() const noexcept {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void context::post(task& t) noexcept {
    if (running_in_this_thread()) {
        ready_.push(t);
        return;
    }
    waker loop(*this);
    task* newest = posts_.load(std::memory_order_relaxed);
    do {
        t.next = newest;
    } while (!posts_.compare_exchange_weak(newest, &t, std::memory_order_release,
                                           std::memory_order_relaxed));
    if (newest == nullptr) // else somebody else has woken the loop for this batch
        loop.wake();
}

void context::remote_work_finished() noexcept {
    if (running_in_this_thread()) {
        remote_work_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    waker loop(*this);
    if (remote_work_.fetch_sub(1, std::memory_order_acq_rel) == 1)
        loop.wake(); // run() may have nothing left to wait for
}

outside_work context::outside() {
    if (!offloaded_.empty())
        return outside_work::pool;
    if (remote_work_.load(std::memory_order_acquire) == 0)
        return outside_work::none;
    return asio::has_service<asio::detail::scheduler>(*this) ? outside_work::asio
                                                             : outside_work::unknown;
}

bool context::has_work() const noexcept {
    return local_work_ != 0 || !ready_.empty() || remote_work_.load(std::memory_order_acquire) != 0;
}

void context::run_ready() {
    // Only what is ready now: a task that makes another one ready must not starve the kernel.
    struct batch {
        task_list& ready;
        task_list tasks{};
        ~batch() { // what an exception left over comes first next time
            tasks.splice(ready);
            ready.splice(tasks);
        }
    } now{ready_};
    now.tasks.splice(ready_);
    while (!now.tasks.empty()) {
        task& t = now.tasks.pop();
        t.finish(t, true);
    }
}

void context::take_posts() {
    task* newest = posts_.exchange(nullptr, std::memory_order_acquire);
    task* oldest = nullptr;
    while (newest != nullptr) {
        task* next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != nullptr) {
        task* next = oldest->next;
        ready_.push(*oldest);
        oldest = next;
    }
}

void context::tell_observers() {
    while (!observers_.empty()) {
        wait_observer& w = observers_.front();
        observers_.pop_front();
        w.about_to_wait();
    }
}

void context::drain() {
    // The kernel owns buffers until each operation's last completion: wait for all of them.
    buffers_.dismiss_waiters();
    backend_->cancel_all();
    backend_->wait(clock::duration::zero(), ready_); // also what nobody waits for, such as a close
    while (backend_->in_flight() != 0)
        backend_->wait(std::nullopt, ready_);
    timers_.wake_all(ready_);
}

// Asio's own services (timers, sockets, resolver) run a thread of their own, which posts. It has to
// end before shutdown(): of the services the youngest is shut down first, and the thread, which
// belongs to the eldest, would go on with what the others have destroyed. A resolver has a thread
// besides, which posts to the first one's queue: it has to end before that queue is emptied.
void context::end_asio_threads() {
    const auto end = [this]<class Service>(std::type_identity<Service>) {
        if (asio::has_service<Service>(*this))
            asio::use_service<Service>(*this).shutdown();
    };
    end(std::type_identity<asio::detail::resolver_service<asio::ip::tcp>>());
    end(std::type_identity<asio::detail::resolver_service<asio::ip::udp>>());
    end(std::type_identity<asio::detail::scheduler>());
}

void context::discard_all() {
    // Destroying a handler may destroy a coroutine, and with it what makes further tasks ready.
    for (;;) {
        take_posts();
        timers_.wake_all(ready_);
        if (ready_.empty() && !offloaded_.empty())
            backend_->wait(std::nullopt, ready_); // until the pool posts what it has finished
        else if (ready_.empty())
            return;
        while (!ready_.empty()) {
            task& t = ready_.pop();
            t.finish(t, false);
        }
    }
}

} // namespace ringlet::io
