// A thread per connection: as with processes, but all in one memory, so that a thread costs its
// stack and little else, and shares what it likes with the others.
#include "core/blocking.hpp"
#include "models.hpp"

#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

namespace ringlet::models {
namespace {

// Threads that end by themselves: each says so, and is joined by the one who started it.
class crew {
  public:
    template <class Work>
    void start(Work work) {
        const std::lock_guard lock(mutex_);
        const auto place = running_.emplace(running_.end());
        try {
            *place = std::thread([this, place, work = std::move(work)]() mutable {
                work();
                const std::lock_guard ending(mutex_);
                ended_.splice(ended_.end(), running_, place);
                changed_.notify_one();
            });
        } catch (...) {
            running_.erase(place);
            throw;
        }
    }

    void join_ended() {
        std::list<std::thread> ended;
        {
            const std::lock_guard lock(mutex_);
            ended.swap(ended_);
        }
        for (std::thread& each : ended)
            each.join();
    }

    void join_all() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return running_.empty(); });
        lock.unlock();
        join_ended();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::list<std::thread> running_, ended_;
};

} // namespace

void threads(const settings& from) {
    const service here(from, sockets::blocking);
    crew all;
    while (unique_fd accepted = here.accept()) {
        all.join_ended();
        auto client = std::make_shared<unique_fd>(std::move(accepted));
        try {
            all.start([client, &here] { converse(*client, here, persistence::keeps_alive); });
        } catch (const std::system_error&) { // the system has no room for more threads
            turn_away(std::move(*client));
        }
    }
    all.join_all();
}

} // namespace ringlet::models
