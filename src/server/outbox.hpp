// Answers on their way out: one block of memory that several of them share, so that one send takes
// them all.
#pragma once

#include "io/block_pool.hpp"
#include "ringlet/limits.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace ringlet {

/// Holds no memory while it is empty.
class outbox {
  public:
    explicit outbox(io::block_pool& pool) noexcept : pool_(&pool) {}

    std::string_view bytes() const noexcept { return {block_.bytes().data(), used_}; }
    bool empty() const noexcept { return used_ == 0; }

    /// Whether `n` more bytes can be added without a send first.
    bool takes(std::size_t n) const noexcept {
        return used_ + n + interim_bytes <= limits::batch_bytes;
    }

    /// For an interim response there is always room: a send follows it.
    static constexpr std::size_t interim_bytes = 32;

    /// Room for `n` bytes behind what there is; takes(n) must hold, or it is an interim response.
    /// commit() says how many were written.
    std::span<char> prepare(std::size_t n);
    void commit(std::size_t n) noexcept { used_ += n; }

    void append(std::string_view text) {
        std::ranges::copy(text, prepare(text.size()).begin());
        commit(text.size());
    }

    void clear() noexcept {
        used_ = 0;
        block_ = {};
    }

  private:
    io::block_pool* pool_;
    io::block block_;
    std::size_t used_ = 0;
};

} // namespace ringlet
