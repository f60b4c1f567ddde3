// Memory for what is being sent: blocks of a few sizes, kept for the next one who needs them.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace ringlet::io {

class block_pool;

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
    block(block_pool& pool, std::unique_ptr<char[]> data, std::size_t size) noexcept
        : pool_(&pool), data_(std::move(data)), size_(size) {}

    block_pool* pool_ = nullptr;
    std::unique_ptr<char[]> data_;
    std::size_t size_ = 0;
};

/// For one thread. Sizes are powers of two from smallest to largest; a larger wish is served with
/// the largest.
class block_pool {
  public:
    static constexpr std::size_t smallest = 16 * 1024;
    static constexpr std::size_t largest = 512 * 1024;

    block take(std::size_t bytes);

  private:
    friend class block;
    static constexpr std::size_t kept_bytes_per_size = 4 * 1024 * 1024;
    static constexpr std::size_t sizes = 6;
    static std::size_t size_class(std::size_t bytes) noexcept;
    void give_back(std::unique_ptr<char[]> data, std::size_t size) noexcept;

    std::array<std::vector<std::unique_ptr<char[]>>, sizes> free_;
};

} // namespace ringlet::io
