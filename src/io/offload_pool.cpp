#include "io/offload_pool.hpp"

namespace ringlet::io {

offload_pool::offload_pool(unsigned threads, std::size_t queue_most) : queue_most_(queue_most) {
    try {
        for (unsigned i = 0; i < threads; ++i)
            threads_.emplace_back([this] { work(); });
    } catch (...) {
        end(); // those that run already are joined, and must not wait for work
        throw;
    }
}

offload_pool::~offload_pool() {
    end();
}

void offload_pool::end() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
}

bool offload_pool::try_push(offload_job& job) {
    {
        const std::lock_guard lock(mutex_);
        if (queued_ == queue_most_)
            return false;
        queue_.push_back(job);
        ++queued_;
    }
    changed_.notify_one();
    return true;
}

bool offload_pool::remove(offload_job& job) noexcept {
    const std::lock_guard lock(mutex_);
    if (!job.is_linked())
        return false;
    job.unlink();
    --queued_;
    return true;
}

void offload_pool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
        if (queue_.empty())
            return;
        offload_job& job = queue_.front();
        queue_.pop_front();
        --queued_;
        lock.unlock();
        job.run(job);
        lock.lock();
    }
}

} // namespace ringlet::io
