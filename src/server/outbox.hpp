// Answers on their way out: one block of memory that several of them share, so that one send takes
// them all.
#pragma once

#include "files/representation.hpp"
#include "io/block_pool.hpp"
#include "ringlet/limits.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace ringlet {

/// Holds no memory while it is empty.
class outbox {
  public:
    explicit outbox(io::block_pool& pool) noexcept : pool_(&pool) {}
    outbox(outbox&& other) noexcept
        : pool_(other.pool_),
          block_(std::move(other.block_)),
          used_(std::exchange(other.used_, 0)),
          tail_(std::move(other.tail_)) {}
    outbox& operator=(outbox&& other) noexcept {
        pool_ = other.pool_;
        block_ = std::move(other.block_);
        used_ = std::exchange(other.used_, 0);
        tail_ = std::move(other.tail_);
        return *this;
    }

    /// All of it is bytes(), and behind them tail().
    std::string_view bytes() const noexcept { return {block_.bytes().data(), used_}; }
    std::string_view tail() const noexcept { return tail_ ? tail_->bytes() : std::string_view(); }
    /// Where the tail lies in a file, too; or null.
    const io::file_place* tail_place() const noexcept {
        return tail_ ? tail_->body.place() : nullptr;
    }
    bool empty() const noexcept { return used_ == 0; }

    /// Whether `n` more bytes can be added without a send first. There is memory for them then.
    bool takes(std::size_t n) {
        const std::size_t more = tail().size() + n + interim_bytes;
        return used_ + more <= limits::batch_bytes && (n == 0 || has_room(more));
    }
    bool takes_interim() {
        const std::size_t more = tail().size() + interim_bytes;
        return used_ + more <= limits::batch_bytes && has_room(more);
    }

    /// For an interim response there is always room behind what takes() has allowed: a send follows
    /// it. Not behind a large tail.
    static constexpr std::size_t interim_bytes = 32;

    /// Room for `n` bytes behind what there is;  takes(n) must have held, or takes_interim():
    /// else it throws std::bad_alloc when there is no memory.
    /// commit() says how many were written.
    std::span<char> prepare(std::size_t n);
    void commit(std::size_t n) noexcept { used_ += n; }

    void append(std::string_view text) {
        std::ranges::copy(text, prepare(text.size()).begin());
        commit(text.size());
    }

    /// Ends, for now, with bytes that stay where they are. They are copied when more is added.
    void end_with(files::representation_ptr body) noexcept { tail_ = std::move(body); }

    void clear() noexcept {
        used_ = 0;
        block_ = {};
        tail_.reset();
    }

  private:
    bool has_room(std::size_t n) { return used_ + n <= block_.size() || grow(used_ + n); }
    bool grow(std::size_t bytes);

    io::block_pool* pool_;
    io::block block_;
    std::size_t used_ = 0;
    files::representation_ptr tail_;
};

} // namespace ringlet
