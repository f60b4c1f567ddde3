#include "base/unique_fd.hpp"

#include <unistd.h>

#ifdef __SANITIZE_THREAD__
// A ring opens and closes descriptors where ThreadSanitizer does not see it: a number that another
// thread has got since is to it still the old one, and a close of it races with the last send.
extern "C" const char* __tsan_default_suppressions() {
    return "race:^ringlet::unique_fd::reset";
}
#endif

namespace ringlet {

void unique_fd::reset(int fd) noexcept {
    // close() is not repeated on EINTR: Linux has released the number by then.
    if (const int old = std::exchange(fd_, fd); old >= 0)
        ::close(old);
}

} // namespace ringlet
