#include "server/notify.hpp"

#include "base/unique_fd.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>

namespace ringlet {

void notify_manager(std::string_view state) noexcept {
    const char* const variable = std::getenv("NOTIFY_SOCKET");
    const std::string_view name = variable != nullptr ? variable : "";
    sockaddr_un at{};
    if (name.empty() || name.size() >= sizeof at.sun_path)
        return;
    at.sun_family = AF_UNIX;
    std::ranges::copy(name, at.sun_path);
    if (name.front() == '@') // in the abstract namespace
        at.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    const unique_fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd)
        ::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&at), length);
}

} // namespace ringlet
