// The buffers that the kernel fills when bytes arrive, as the layers above see them.
#pragma once

#include "base/intrusive_list.hpp"
#include "io/backend.hpp"
#include "io/block_pool.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace ringlet::io {

class provided_buffers;

/// Received bytes in a provided buffer, which goes back to the kernel when the lease ends. Hold it
/// briefly, or make_room(): the buffers are shared by all connections of a context, which must
/// outlive the lease.
class lease {
  public:
    lease() noexcept = default;
    lease(provided_buffers& pool, std::uint32_t number, const char* data, std::size_t size) noexcept
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

    /// It may take long until these bytes are looked at: see provided_buffers::make_room(). bytes()
    /// lie elsewhere then.
    void make_room() noexcept;

    void release() noexcept;

  private:
    provided_buffers* pool_ = nullptr;
    const char* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t number_ = 0;
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
    void push(provided_buffers& pool, std::uint32_t number, std::uint32_t size) noexcept;
    lease pop(provided_buffers& pool) noexcept;

    /// Nobody waits for them: see provided_buffers::make_room().
    void make_room(provided_buffers& pool) noexcept;

  private:
    void link(provided_buffers& pool, std::uint32_t number, std::uint32_t size) noexcept;

    std::uint32_t first_ = 0;
    std::uint32_t last_ = 0;
    unsigned count_ = 0;
};

class provided_buffers {
  public:
    provided_buffers(backend& b, block_pool& blocks)
        : backend_(b), blocks_(blocks), count_(b.buffer_count()), table_(count_) {}

    /// Buffers that are with their readers, or wait for them.
    std::size_t filled() const noexcept { return filled_; }

    /// For bytes in the buffer `number` that nobody looks at soon. When half of the buffers are
    /// filled, they are copied to memory of their own, unless the blocks are nearly used up, so
    /// that clients which send ahead of slow answers leave the other half to others. Returns the
    /// number that they have from then on, which may be the same.
    std::uint32_t make_room(std::uint32_t number, std::string_view bytes) noexcept;

    /// Whether there is no buffer, or others were promised the next: whoever wants to receive has
    /// to wait().
    bool scarce() const noexcept { return exhausted() || !waiters_.empty(); }

    /// Calls `w.buffer_returned()` once, from the loop, when it is its turn and there is a buffer.
    void wait(buffer_waiter& w) noexcept { waiters_.push_back(w); }

    /// Lets as many as there are buffers try again. They may turn out to need none, having nothing
    /// to receive yet: returns whether the next in line should then be asked at once.
    bool serve_waiters() {
        serve(count_ - filled_);
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
        std::uint32_t next = 0;
    };

    bool is_copy(std::uint32_t number) const noexcept { return number >= count_; }

    const char* data(std::uint32_t number) const noexcept {
        return is_copy(number) ? copies_[number - count_].bytes().data()
                               : backend_.buffer(static_cast<std::uint16_t>(number));
    }

    void give_back(std::uint32_t number) noexcept {
        if (is_copy(number))
            return drop_copy(number);
        backend_.give_back(static_cast<std::uint16_t>(number));
        --filled_;
    }

    std::uint32_t take_number();
    void drop_copy(std::uint32_t number) noexcept;

    void serve(std::size_t most) {
        for (; most != 0 && !waiters_.empty(); --most) {
            buffer_waiter& w = waiters_.front();
            waiters_.pop_front();
            w.buffer_returned();
        }
    }

    bool exhausted() const noexcept { return filled_ == count_; }

    backend& backend_;
    block_pool& blocks_;
    const std::size_t count_;
    std::vector<entry> table_;  // of the buffers, and behind them of the copies
    std::vector<block> copies_; // numbered behind the buffers
    std::vector<std::uint32_t> spare_numbers_;
    std::size_t filled_ = 0;
    intrusive_list<buffer_waiter> waiters_;
};

inline void lease::release() noexcept {
    if (provided_buffers* pool = std::exchange(pool_, nullptr))
        pool->give_back(number_);
    data_ = nullptr;
    size_ = 0;
}

inline void arrivals::push(provided_buffers& pool, std::uint32_t number,
                           std::uint32_t size) noexcept {
    ++pool.filled_;
    link(pool, number, size);
}

inline void arrivals::link(provided_buffers& pool, std::uint32_t number,
                           std::uint32_t size) noexcept {
    pool.table_[number].size = size;
    if (count_++ == 0)
        first_ = number;
    else
        pool.table_[last_].next = number;
    last_ = number;
}

inline lease arrivals::pop(provided_buffers& pool) noexcept {
    const std::uint32_t number = first_;
    first_ = pool.table_[number].next;
    --count_;
    return lease(pool, number, pool.data(number), pool.table_[number].size);
}

} // namespace ringlet::io
