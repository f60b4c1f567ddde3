// A handler's way to write an answer piece by piece.
#pragma once

#include "http/chunked.hpp"
#include "server/connection.hpp"

#include <cstdint>
#include <exception>

namespace ringlet {

/// Frames what is written and sends it with the connection's outbox.
class connection::stream_writer final : public writer {
  public:
    enum class framing : std::uint8_t { length, chunked, to_the_end };

    stream_writer(connection& to, framing how, std::uint64_t length) noexcept
        : to_(to), how_(how), left_(length) {}

    awaitable<void> write(std::string_view chunk) override;

    /// Ends the content; false when it is shorter than was promised.
    bool finish();

  private:
    static constexpr std::size_t piece_bytes = 32 * 1024;
    static constexpr std::size_t framing_bytes = 16;

    std::exception_ptr fault_of(std::string_view chunk) const;
    void add(std::string_view piece);

    connection& to_;
    framing how_;
    std::uint64_t left_;
};

} // namespace ringlet
