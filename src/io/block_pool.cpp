#include "io/block_pool.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace ringlet::io {

block::block(block&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      data_(std::move(other.data_)),
      size_(std::exchange(other.size_, 0)) {}

block& block::operator=(block&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

block::~block() {
    if (data_)
        pool_->give_back(std::move(data_), size_);
}

std::size_t block_pool::size_class(std::size_t bytes) noexcept {
    const std::size_t wanted = std::bit_ceil(std::clamp(bytes, smallest, largest));
    return static_cast<std::size_t>(std::countr_zero(wanted / smallest));
}

block block_pool::take(std::size_t bytes) {
    const std::size_t c = size_class(bytes);
    const std::size_t size = smallest << c;
    auto& kept = free_[c];
    if (kept.empty())
        return block(*this, std::make_unique_for_overwrite<char[]>(size), size);
    std::unique_ptr<char[]> data = std::move(kept.back());
    kept.pop_back();
    return block(*this, std::move(data), size);
}

void block_pool::give_back(std::unique_ptr<char[]> data, std::size_t size) noexcept {
    auto& kept = free_[size_class(size)];
    if ((kept.size() + 1) * size > kept_bytes_per_size)
        return;
    try {
        kept.push_back(std::move(data));
    } catch (const std::bad_alloc&) { // then it is simply freed
    }
}

} // namespace ringlet::io
