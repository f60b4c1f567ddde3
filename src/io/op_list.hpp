// Operations that a backend keeps in order.
#pragma once

#include "io/op.hpp"

#include <utility>

namespace ringlet::io {

/// First in, first out, through the operations themselves: nothing fails for want of memory. An
/// operation is in one such list at most; a multishot one may be ready at the same time.
class op_list {
  public:
    bool empty() const noexcept { return first_ == nullptr; }

    void push(op& o) noexcept {
        o.next_kept = nullptr;
        (first_ == nullptr ? first_ : last_->next_kept) = &o;
        last_ = &o;
    }

    op& front() const noexcept { return *first_; }

    op& pop() noexcept { return *std::exchange(first_, first_->next_kept); }

    /// False when it is not in this list.
    bool remove(const op& o) noexcept {
        op* before = nullptr;
        for (op* here = first_; here != nullptr; before = std::exchange(here, here->next_kept)) {
            if (here != &o)
                continue;
            (before == nullptr ? first_ : before->next_kept) = here->next_kept;
            if (last_ == here)
                last_ = before;
            return true;
        }
        return false;
    }

    template <class Visitor>
    void for_each(Visitor&& visit) const {
        for (op* here = first_; here != nullptr; here = here->next_kept)
            visit(*here);
    }

  private:
    op* first_ = nullptr;
    op* last_ = nullptr; // while there is a first
};

} // namespace ringlet::io
