#include "io/file_threads.hpp"

#include "io/file_call.hpp"

#include <limits>

namespace ringlet::io {
namespace {

constexpr unsigned threads = 8; // as io_uring has for each ring
constexpr std::size_t queue_most = std::numeric_limits<std::size_t>::max(); // connections bound it

} // namespace

struct file_threads::job : offload_job {
    job(file_threads& f, op& o) noexcept : offload_job(&file_threads::run), owner(f), what(o) {}
    file_threads& owner;
    op& what;
};

file_threads::file_threads(std::function<void()> wake) : wake_(std::move(wake)) {}

file_threads::~file_threads() = default;

bool file_threads::start(op& o) noexcept try {
    if (!pool_)
        pool_.emplace(threads, queue_most);
    const auto at = jobs_.emplace(&o, std::make_unique<job>(*this, o)).first;
    return pool_->try_push(*at->second);
} catch (const std::exception&) {
    return false;
}

void file_threads::run(offload_job& queued) {
    auto& j = static_cast<job&>(queued);
    j.what.result = call_file(j.what.request);
    file_threads& self = j.owner;
    // Within the lock: once it is collected the job is gone, and this may be, too.
    const std::lock_guard lock(self.mutex_);
    const bool first = self.done_.empty();
    self.done_.push(j.what);
    if (first) // else whoever collects has been woken
        self.wake_();
}

op* file_threads::collect() noexcept {
    const std::lock_guard lock(mutex_);
    if (done_.empty())
        return nullptr;
    op& o = static_cast<op&>(done_.pop());
    jobs_.erase(&o);
    return &o;
}

bool file_threads::cancel(const op& o) noexcept {
    const auto at = jobs_.find(&o);
    if (at == jobs_.end() || !pool_->remove(*at->second))
        return false;
    jobs_.erase(at);
    return true;
}

op* file_threads::cancel_one() noexcept {
    for (const auto& [key, j] : jobs_) {
        op& o = j->what;
        if (cancel(o))
            return &o;
    }
    return nullptr;
}

} // namespace ringlet::io
