#include "green_hub.hpp"

#include <unistd.h>

namespace ringlet::models {

green_hub::green_hub(const service& from)
    : acceptor_(ctx_, boost::asio::ip::tcp::v4(), from.listener()),
      next_look_(ctx_),
      stop_(ctx_, ::dup(from.stop().fd())) {
    start([this](green_thread self) { give_up_late_ones(self); });
    stop_.async_wait(stop_.wait_read, [this](error_code) { end(); });
}

green_hub::~green_hub() {
    static_cast<void>(acceptor_.release()); // it is the service's
}

// One looks for all: a timer for each receive would cost more than it is worth.
void green_hub::give_up_late_ones(green_thread self) {
    for (error_code failed; !failed && !ending_;) {
        next_look_.expires_after(std::chrono::milliseconds(500));
        next_look_.async_wait(self[failed]);
        const auto now = std::chrono::steady_clock::now();
        for (green_connection& each : all_)
            if (each.until <= now)
                each.socket.cancel();
    }
}

void green_hub::end() {
    ending_ = true;
    acceptor_.cancel();
    next_look_.cancel();
    for (green_connection& each : all_) {
        each.socket.cancel();
        each.timer.cancel();
    }
}

} // namespace ringlet::models
