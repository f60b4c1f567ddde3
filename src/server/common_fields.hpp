// The field lines of every answer: Server, and Date, which is formatted once a second and not for
// each request.
#pragma once

#include "io/backend.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringlet {

/// For one thread.
class common_fields {
  public:
    /// Whole lines with their CRLF, good until the next call. `now` decides whether a second has
    /// passed.
    std::string_view lines(io::clock::time_point now);

    /// The Unix time that Date says.
    std::int64_t unix_s(io::clock::time_point now);

  private:
    void refresh(io::clock::time_point now);

    io::clock::time_point next_{}; // when the second is over
    std::int64_t unix_s_ = 0;
    std::string lines_;
};

} // namespace ringlet
