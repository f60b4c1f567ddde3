// Memory for what is being sent: blocks of a few sizes, kept for the next one who needs them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace ringlet::io {

class block_pool;

// From malloc, for operator new would take what is reserved for small things when memory is short.
struct block_free {
    void operator()(char* memory) const noexcept { std::free(memory); }
};
using block_memory = std::unique_ptr<char[], block_free>;

/// A block of memory that goes back to its pool, which must outlive it.
class block {
  public:
    block() noexcept = default;
    block(block&& other) noexcept;
    block& operator=(block&& other) noexcept;
    ~block();

    std::span<char> bytes() const noexcept { return {data_.get(), size_}; }
    std::size_t size() const noexcept { return size_; }
    explicit operator bool() const noexcept { return data_ != nullptr; }

  private:
    friend class block_pool;
    block(block_pool& pool, block_memory data, std::size_t size) noexcept
        : pool_(&pool), data_(std::move(data)), size_(size) {}

    block_pool* pool_ = nullptr;
    block_memory data_;
    std::size_t size_ = 0;
};

/// For one thread. Sizes are powers of two from smallest to largest; a larger wish is served with
/// the largest. What is given out, and charged for other memory, has a bound.
class block_pool {
  public:
    static constexpr std::size_t smallest = 4 * 1024;
    static constexpr std::size_t modest = 64 * 1024;
    static constexpr std::size_t largest = 512 * 1024;

    /// How much there is; without it, as much as the system gives.
    void limit(std::uint64_t bytes) noexcept { most_ = bytes; }

    /// When half is used, no more than a modest one unless `least` bytes are more; when nearly all
    /// is, perhaps not more than `least`. Empty when there is no room for that, or no memory.
    block take(std::size_t bytes, std::size_t least = 1);

    /// The last sixteenth is for what has begun.
    bool nearly_used_up() const noexcept { return used_ > most_ - most_ / 16; }

    std::uint64_t used() const noexcept { return used_; }

  private:
    friend class block;
    friend class memory_charge;
    static constexpr std::size_t kept_bytes_per_size = 4 * 1024 * 1024;
    bool has_room(std::uint64_t bytes) const noexcept {
        return used_ <= most_ && bytes <= most_ - used_;
    }
    static constexpr std::size_t sizes = 8;
    static std::size_t size_class(std::size_t bytes) noexcept;
    void give_back(block_memory data, std::size_t size) noexcept;

    std::array<std::vector<block_memory>, sizes> free_;
    std::uint64_t most_ = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t used_ = 0;
};

/// Memory from elsewhere that counts as the pool's, which must outlive this.
class memory_charge {
  public:
    explicit memory_charge(block_pool& pool) noexcept : pool_(pool) {}
    memory_charge(const memory_charge&) = delete;
    memory_charge& operator=(const memory_charge&) = delete;
    ~memory_charge() { set(0); }

    std::size_t bytes() const noexcept { return bytes_; }

    /// Whether there is room for it. What it has already is counted all the same.
    bool set(std::size_t bytes) noexcept {
        const bool fits = bytes <= bytes_ || pool_.has_room(bytes - bytes_);
        pool_.used_ = pool_.used_ - bytes_ + bytes;
        bytes_ = bytes;
        return fits;
    }

  private:
    block_pool& pool_;
    std::size_t bytes_ = 0;
};

} // namespace ringlet::io
