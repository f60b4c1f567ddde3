// What every model begins with: the folder, the listening socket, and a way to be told to end.
#pragma once

#include "base/unique_fd.hpp"
#include "conversation.hpp"
#include "settings.hpp"
#include "site.hpp"
#include "stop_signal.hpp"

#include <chrono>

namespace ringlet::models {

enum class sockets : std::uint8_t { blocking, nonblocking };

/// Listens from the constructor on, and says where on standard error. Throws std::system_error for
/// what keeps it from that.
class service {
  public:
    service(const settings& from, sockets kind);

    const site& files() const noexcept { return files_; }
    const stop_signal& stop() const noexcept { return stop_; }
    int listener() const noexcept { return listener_.get(); }
    std::chrono::milliseconds patience() const noexcept { return patience_; }

    /// The next connection. Blocking, it comes empty only when it is time to end; else also when
    /// none is waiting.
    unique_fd accept() const noexcept;
    /// In a child that accepts nothing.
    void stop_listening() noexcept { listener_.reset(); }

  private:
    site files_;
    unique_fd listener_;
    stop_signal stop_;
    sockets kind_;
    std::chrono::milliseconds patience_;
};

/// Tells a client that there is no place for it, as far as that is possible without waiting.
void turn_away(unique_fd client) noexcept;

} // namespace ringlet::models
