// Objects that handlers share.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace ringlet {

namespace detail {
/// The number of the calling worker, from 0; 0 on any other thread.
std::size_t worker_number() noexcept;
inline constexpr std::size_t workers_most = 1024;
} // namespace detail

/// One T for each worker, made by the worker when it first needs it, so that handlers use it
/// without locks. From server::per_worker(). It outlives the worker: no sockets or
/// timers in it when server::run() ends.
template <class T>
class per_worker {
  public:
    explicit per_worker(std::function<T()> make)
        : make_(std::move(make)), slots_(detail::workers_most) {}

    /// The calling worker's. A coroutine stays on its worker, so the reference may be kept across
    /// co_await.
    T& local() {
        auto& slot = slots_[detail::worker_number()];
        if (!slot)
            slot = std::make_unique<T>(make_());
        return *slot;
    }

    /// Calls `visit` for each T there is. Only before or after server::run().
    template <class Visitor>
    void for_each(Visitor&& visit) {
        for (auto& slot : slots_)
            if (slot)
                visit(*slot);
    }

  private:
    std::function<T()> make_;
    std::vector<std::unique_ptr<T>> slots_; // each touched by one thread
};

namespace detail {

template <class T>
T& local(T& shared) noexcept {
    return shared;
}
template <class T>
T& local(per_worker<T>& each) {
    return each.local();
}

} // namespace detail
} // namespace ringlet
