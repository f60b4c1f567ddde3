// The buffers that the kernel fills when bytes arrive, as the layers above see them.
#pragma once

#include "base/intrusive_list.hpp"
#include "io/backend.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace ringlet::io {

class provided_buffers;

/// Received bytes in a provided buffer, which goes back to the kernel when the lease ends. Hold it
/// briefly: the buffers are shared by all connections of a context, which must outlive the lease.
class lease {
  public:
    lease() noexcept = default;
    lease(provided_buffers& pool, std::uint16_t number, const char* data, std::size_t size) noexcept
        : pool_(&pool), data_(data), size_(static_cast<std::uint32_t>(size)), number_(number) {}
    lease(lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          number_(other.number_) {}
    lease& operator=(lease&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(number_, other.number_);
        return *this;
    }
    ~lease() { release(); }

    std::string_view bytes() const noexcept { return {data_, size_}; }
    bool empty() const noexcept { return size_ == 0; }

    /// Drops the first `n` bytes.
    void consume(std::size_t n) noexcept {
        data_ += n;
        size_ -= static_cast<std::uint32_t>(n);
    }

    void release() noexcept;

  private:
    provided_buffers* pool_ = nullptr;
    const char* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint16_t number_ = 0;
};

/// Somebody who found no buffer free, and is told when one is.
class buffer_waiter : public list_hook {
  public:
    virtual void buffer_returned() = 0;

  protected:
    ~buffer_waiter() = default;
};

/// Filled buffers that wait for their reader: a queue through the pool's own table, so that
/// arrivals need no memory.
class arrivals {
  public:
    bool empty() const noexcept { return count_ == 0; }
    unsigned count() const noexcept { return count_; }
    void push(provided_buffers& pool, std::uint16_t number, std::uint32_t size) noexcept;
    lease pop(provided_buffers& pool) noexcept;

  private:
    std::uint16_t first_ = 0;
    std::uint16_t last_ = 0;
    std::uint16_t count_ = 0;
};

class provided_buffers {
  public:
    explicit provided_buffers(backend& b) : backend_(b), table_(b.buffer_count()) {}

    /// Buffers that are with their readers, or wait for them.
    std::size_t filled() const noexcept { return filled_; }

    /// Whether there is no buffer, or others were promised the next: whoever wants to receive has
    /// to wait().
    bool scarce() const noexcept { return exhausted() || !waiters_.empty(); }

    /// Calls `w.buffer_returned()` once, from the loop, when it is its turn and there is a buffer.
    void wait(buffer_waiter& w) noexcept { waiters_.push_back(w); }

    /// Lets as many as there are buffers try again. They may turn out to need none, having nothing
    /// to receive yet: returns whether the next in line should then be asked at once.
    bool serve_waiters() {
        serve(table_.size() - filled_);
        return !waiters_.empty() && !exhausted();
    }

    /// Lets all of them try, buffer or not, so that each meets its end with the operations in
    /// flight.
    void dismiss_waiters() { serve(static_cast<std::size_t>(-1)); }

  private:
    friend class arrivals;
    friend class lease;

    struct entry {
        std::uint32_t size = 0;
        std::uint16_t next = 0;
    };

    void give_back(std::uint16_t number) noexcept {
        backend_.give_back(number);
        --filled_;
    }

    void serve(std::size_t most) {
        for (; most != 0 && !waiters_.empty(); --most) {
            buffer_waiter& w = waiters_.front();
            waiters_.pop_front();
            w.buffer_returned();
        }
    }

    bool exhausted() const noexcept { return filled_ == table_.size(); }

    backend& backend_;
    std::vector<entry> table_;
    std::size_t filled_ = 0;
    intrusive_list<buffer_waiter> waiters_;
};

inline void lease::release() noexcept {
    if (provided_buffers* pool = std::exchange(pool_, nullptr))
        pool->give_back(number_);
    data_ = nullptr;
    size_ = 0;
}

inline void arrivals::push(provided_buffers& pool, std::uint16_t number,
                           std::uint32_t size) noexcept {
    pool.table_[number].size = size;
    ++pool.filled_;
    if (count_++ == 0)
        first_ = number;
    else
        pool.table_[last_].next = number;
    last_ = number;
}

inline lease arrivals::pop(provided_buffers& pool) noexcept {
    const std::uint16_t number = first_;
    first_ = pool.table_[number].next;
    --count_;
    return lease(pool, number, pool.backend_.buffer(number), pool.table_[number].size);
}

} // namespace ringlet::io
