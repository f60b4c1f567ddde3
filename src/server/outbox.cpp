#include "server/outbox.hpp"

#include <algorithm>
#include <cassert>

namespace ringlet {

std::span<char> outbox::prepare(std::size_t n) {
    assert(used_ + n <= limits::batch_bytes);
    if (used_ + n > block_.size()) {
        io::block larger = pool_->take(used_ + n);
        std::ranges::copy(bytes(), larger.bytes().begin());
        block_ = std::move(larger);
    }
    return block_.bytes().subspan(used_, n);
}

} // namespace ringlet
