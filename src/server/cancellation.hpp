// Ends what a connection awaits for its handler.
#pragma once

#include "io/timers.hpp"

#include <boost/asio/cancellation_signal.hpp>

namespace ringlet {

/// Tells a coroutine to end, and tells it again until it has: it may catch what it is told and
/// await something else. For a coroutine in which awaiting does not throw by itself once it is
/// cancelled (asio::this_coro::throw_if_cancelled(false)), so that one which goes on for ever
/// suspends all the same, and holds up nobody but itself.
class cancellation final : io::deadline {
  public:
    /// `again` says how often. Both outlive this.
    cancellation(io::context& ctx, io::deadline_queue& again) noexcept
        : deadline(&cancellation::expired), ctx_(ctx), again_(again) {}

    boost::asio::cancellation_slot slot() noexcept { return signal_.slot(); }

    void begin();

    /// The coroutine has ended. Whether it was told to: then its cancellation state is to be reset.
    bool end() noexcept;

  private:
    static void expired(io::deadline& d) { static_cast<cancellation&>(d).begin(); }

    io::context& ctx_;
    io::deadline_queue& again_;
    boost::asio::cancellation_signal signal_;
};

/// Cancels something that takes too long.
struct cancelling_deadline final : io::deadline {
    cancelling_deadline() noexcept : deadline(&cancelling_deadline::expired) {}
    cancellation* of = nullptr; // set when it is armed
    bool passed = false;

  private:
    static void expired(io::deadline& d) {
        auto& self = static_cast<cancelling_deadline&>(d);
        self.passed = true;
        self.of->begin();
    }
};

} // namespace ringlet
