// System calls as operations report them.
#pragma once

#include <cerrno>

namespace ringlet::io {

/// Calls until no signal interrupts, and gives the result or a negative errno.
template <class Call>
int system_call(Call call) noexcept {
    for (;;) {
        const auto result = call();
        if (result >= 0)
            return static_cast<int>(result);
        if (errno != EINTR)
            return -errno;
    }
}

} // namespace ringlet::io
