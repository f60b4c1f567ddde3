// Threads made beforehand, and a queue: one accepts, the others take from the queue. As many
// clients are served at once as there are threads, the others wait, for whatever those wait for.
#include "core/at_exit.hpp"
#include "core/blocking.hpp"
#include "models.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace ringlet::models {
namespace {

constexpr unsigned thread_count = 16;

// Bounded: beyond that the kernel's queue is as good a place to wait in, and costs no descriptors.
constexpr std::size_t queue_length = 1024;

class waiting_clients {
  public:
    void put(unique_fd client) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return clients_.size() < queue_length || ended_; });
        clients_.push_back(std::move(client));
        filled_.notify_one();
    }

    /// Empty at the end.
    unique_fd take() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return !clients_.empty() || ended_; });
        if (ended_)
            return {};
        unique_fd client = std::move(clients_.front());
        clients_.pop_front();
        room_.notify_one();
        return client;
    }

    /// Drops those that wait.
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        filled_.notify_all();
        room_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable filled_, room_;
    std::deque<unique_fd> clients_;
    bool ended_ = false;
};

} // namespace

void pool(const settings& from) {
    const service here(from, sockets::blocking);
    waiting_clients queue;
    const auto work = [&] {
        while (const unique_fd client = queue.take())
            converse(client, here, persistence::closes); // kept ones would occupy the few threads
    };
    std::vector<std::jthread> threads; // joined at the end of this function, behind this:
    const at_exit end_of_queue([&] { queue.end(); });
    for (unsigned i = 0; i < (from.workers != 0 ? from.workers : thread_count); ++i)
        threads.emplace_back(work);
    while (unique_fd client = here.accept())
        queue.put(std::move(client));
}

} // namespace ringlet::models
