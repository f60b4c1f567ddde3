#include "io/block_pool.hpp"

#include <algorithm>
#include <bit>
#include <new>
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

block block_pool::take(std::size_t bytes, std::size_t least) {
    if (used_ > most_ / 2)
        bytes = std::min(bytes, std::max(least, modest));
    std::size_t c = size_class(bytes);
    if (!has_room(smallest << c))
        c = size_class(least);
    const std::size_t size = smallest << c;
    if (!has_room(size))
        return {};
    auto& kept = free_[c];
    block_memory data;
    if (kept.empty()) {
        data.reset(static_cast<char*>(std::malloc(size)));
        if (!data)
            return {};
    } else {
        data = std::move(kept.back());
        kept.pop_back();
    }
    used_ += size;
    return block(*this, std::move(data), size);
}

void block_pool::give_back(block_memory data, std::size_t size) noexcept {
    used_ -= size;
    auto& kept = free_[size_class(size)];
    if ((kept.size() + 1) * size > std::min<std::uint64_t>(kept_bytes_per_size, most_ / 16))
        return;
    try {
        kept.push_back(std::move(data));
    } catch (const std::bad_alloc&) { // then it is simply freed
    }
}

} // namespace ringlet::io
