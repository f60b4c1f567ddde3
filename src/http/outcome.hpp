// What a reader of syntax says.
#pragma once

#include "http/types.hpp"

#include <cstddef>
#include <cstdint>

namespace ringlet::http {

/// What a syntax reader found: the whole thing, the good beginning of one, or an error that no
/// further byte can mend.
enum class outcome : std::uint8_t { complete, partial, bad };

struct parse_result {
    outcome what;
    std::size_t consumed; // the bytes it took when complete, else 0
    status error;         // what to answer when bad, else status::ok
    const char* reason;   // a static text for the log when bad, else ""
};

} // namespace ringlet::http
