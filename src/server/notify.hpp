// Telling the service manager what becomes of the process, as sd_notify(3) does.
#pragma once

#include <string_view>

namespace ringlet {

/// Sends `state`, such as "READY=1", to the socket that NOTIFY_SOCKET names. Without one, and where
/// nobody listens, nothing happens.
void notify_manager(std::string_view state) noexcept;

} // namespace ringlet
