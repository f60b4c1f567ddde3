#include "server/outbox.hpp"

#include <algorithm>
#include <cassert>
#include <new>

namespace ringlet {

bool outbox::grow(std::size_t bytes_in_all) {
    io::block larger = pool_->take(bytes_in_all, bytes_in_all);
    if (larger.size() < bytes_in_all)
        return false;
    std::ranges::copy(bytes(), larger.bytes().begin());
    block_ = std::move(larger);
    return true;
}

std::span<char> outbox::prepare(std::size_t n) {
    assert(used_ + tail().size() + n <= limits::batch_bytes);
    if (!has_room(tail().size() + n))
        throw std::bad_alloc();
    if (const files::representation_ptr body = std::exchange(tail_, nullptr)) {
        std::ranges::copy(body->bytes(), block_.bytes().begin() + used_);
        used_ += body->bytes().size();
    }
    return block_.bytes().subspan(used_, n);
}

} // namespace ringlet
