// How often one client may ask: a token bucket for each, of all workers together.
#pragma once

#include "io/backend.hpp"
#include "server/admission.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

namespace ringlet {

/// Thread-safe. Its memory is bounded, and allocated once (1 MiB): a bucket that is full again is
/// forgotten, and so is the fullest of a few when more clients ask than there is room for. So an
/// attacker with very many addresses can have others forgotten, who are then let in too early, but
/// nobody refused.
class request_rate {
  public:
    /// Neither is 0.
    request_rate(std::uint32_t per_s, std::uint32_t burst);

    /// Takes one of the client's tokens. 0 when it had one, else the whole seconds until it has.
    std::uint64_t take(client_key who, io::clock::time_point now) noexcept;

    static constexpr std::size_t clients_most = 64 * 1024; // that are remembered

  private:
    /// Of one client; one that is full by now is free for another.
    struct bucket {
        client_key who = 0;
        io::clock::time_point full_at{};
    };
    static constexpr std::size_t set_size = 8;
    static constexpr std::size_t sets = clients_most / set_size;
    using set = std::array<bucket, set_size>;
    struct alignas(64) lock {
        std::mutex mutex;
    };

    static bucket& find(set& in, client_key who) noexcept;

    const io::clock::duration interval_; // between two tokens
    const io::clock::duration depth_;    // of a bucket, but for its last token
    const std::uint64_t seed_;           // lest somebody choose addresses that share a set
    const std::unique_ptr<set[]> sets_ = std::make_unique<set[]>(sets);
    std::array<lock, 64> locks_;
};

} // namespace ringlet
