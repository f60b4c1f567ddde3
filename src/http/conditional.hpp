// Preconditions (RFC 9110 section 13).
#pragma once

#include "http/request_head.hpp"

#include <cstdint>
#include <string_view>

namespace ringlet::http {

enum class precondition : std::uint8_t {
    proceed,
    not_modified, // 304
    failed,       // 412
};

/// What the selected representation can be compared by.
struct validators {
    std::string_view etag; // with quotes; empty when there is none
    std::int64_t last_modified_s = 0;
};

/// RFC 9110 section 13.2.2, steps 1 to 4. `current` is null when the target has no representation.
///
/// Ask only if the answer without preconditions would be a 2xx (section 13.2.1): a file that is
/// missing is 404 whatever If-Match says.
///
/// Date fields that are malformed or come on several lines are ignored, as are the dates when there
/// is no representation to have one. A date in the future is as good as any other.
precondition evaluate(const request_head& head, const validators* current,
                      std::int64_t now_s) noexcept;

/// RFC 9110 section 13.1.5: whether Range may be honoured; true without If-Range.
///
/// A tag must match strongly. A date must be exactly Last-Modified's, and strong in the sense of
/// section 8.8.2.2. Of that rule the server answers for its half: the second that the date names
/// must be over, so that no further write can carry the same date. That the client did not read
/// between two writes of that second is the client's half, which it knows from Date.
bool if_range_allows(const request_head& head, const validators& current,
                     std::int64_t now_s) noexcept;

} // namespace ringlet::http
