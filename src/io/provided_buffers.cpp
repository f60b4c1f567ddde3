#include "io/provided_buffers.hpp"

#include <algorithm>
#include <new>

namespace ringlet::io {

std::uint32_t provided_buffers::make_room(std::uint32_t number, std::string_view bytes) noexcept
    try {
    if (is_copy(number) || filled_ < count_ / 2 || blocks_.nearly_used_up())
        return number;
    block memory = blocks_.take(bytes.size());
    if (memory.size() < bytes.size())
        return number;
    const std::uint32_t copy = take_number();
    std::ranges::copy(bytes, memory.bytes().begin());
    copies_[copy - count_] = std::move(memory);
    give_back(number);
    return copy;
} catch (const std::bad_alloc&) {
    return number;
}

std::uint32_t provided_buffers::take_number() {
    if (!spare_numbers_.empty()) {
        const std::uint32_t number = spare_numbers_.back();
        spare_numbers_.pop_back();
        return number;
    }
    if (spare_numbers_.capacity() == copies_.size()) // drop_copy() cannot fail
        spare_numbers_.reserve(std::max<std::size_t>(copies_.size() * 2, 16));
    copies_.emplace_back();
    table_.resize(count_ + copies_.size());
    return static_cast<std::uint32_t>(table_.size() - 1);
}

void provided_buffers::drop_copy(std::uint32_t number) noexcept {
    copies_[number - count_] = {};
    spare_numbers_.push_back(number);
}

void arrivals::make_room(provided_buffers& pool) noexcept {
    for (unsigned left = count_; left != 0; --left) {
        const std::uint32_t number = first_;
        const std::uint32_t size = pool.table_[number].size;
        first_ = pool.table_[number].next;
        --count_;
        link(pool, pool.make_room(number, {pool.data(number), size}), size);
    }
}

void lease::make_room() noexcept {
    if (pool_ == nullptr)
        return;
    const std::uint32_t before = std::exchange(number_, pool_->make_room(number_, bytes()));
    if (number_ != before)
        data_ = pool_->data(number_);
}

} // namespace ringlet::io
