// Who is let in: counts the connections of all workers, in total and by client.
#pragma once

#include "ringlet/limits.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <sys/socket.h>
#include <unordered_map>
#include <utility>

namespace ringlet {

/// Stands for one IPv4 address or one /64 of IPv6. An IPv4 address in IPv6's clothes counts as
/// itself. All that have no address are one client.
using client_key = std::uint64_t;
client_key client_of(const sockaddr_storage& address) noexcept;

/// Thread-safe.
class admission {
  public:
    enum class verdict : std::uint8_t {
        admitted,
        too_many,         // all together
        too_many_of_one,  // from this client
        too_many_refused, // even to be told so
    };

    /// Of each kind at most so many, which are not 0.
    admission(std::uint32_t most, std::uint32_t most_of_one,
              std::uint32_t most_refused = limits::turned_away) noexcept
        : most_(most), most_of_one_(most_of_one), most_refused_(most_refused) {}

    class ticket;

  private:
    verdict enter(client_key who) noexcept;
    void leave(client_key who, verdict was) noexcept;

    struct alignas(64) shard {
        std::mutex mutex;
        std::unordered_map<client_key, std::uint32_t> count;
    };
    shard& shard_of(client_key who) noexcept;
    bool enter_one(client_key who) noexcept;
    void leave_one(client_key who) noexcept;

    const std::uint32_t most_;
    const std::uint32_t most_of_one_;
    const std::uint32_t most_refused_;
    // Written by all workers with each connection: not beside what they only read, of which
    // most_of_one_ is read while a shard is locked.
    alignas(64) std::atomic<std::uint32_t> all_{0};
    std::atomic<std::uint32_t> refused_{0};
    std::array<shard, 16> shards_;
};

/// Counts a connection for as long as it lives. Without an admission everybody is admitted.
class admission::ticket {
  public:
    ticket() noexcept = default;
    ticket(admission& to, client_key who) noexcept : to_(&to), who_(who), verdict_(to.enter(who)) {}
    ticket(ticket&& other) noexcept
        : to_(std::exchange(other.to_, nullptr)), who_(other.who_), verdict_(other.verdict_) {}
    ticket& operator=(ticket&&) = delete;
    ~ticket() {
        if (to_ != nullptr)
            to_->leave(who_, verdict_);
    }

    admission::verdict verdict() const noexcept { return verdict_; }
    client_key client() const noexcept { return who_; }

  private:
    admission* to_ = nullptr;
    client_key who_ = 0;
    admission::verdict verdict_ = admission::verdict::admitted;
};

} // namespace ringlet
