#include "base/unique_fd.hpp"

#include <unistd.h>

namespace ringlet {

void unique_fd::reset(int fd) noexcept {
    // close() is not repeated on EINTR: Linux has released the number by then.
    if (const int old = std::exchange(fd_, fd); old >= 0)
        ::close(old);
}

} // namespace ringlet
