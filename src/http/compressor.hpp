// Compressing content as it is made: gzip (RFC 1952) and Brotli (RFC 7932).
#pragma once

#include "http/encoding.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ringlet::http {

/// One content, from its beginning to its end. Not thread-safe, but bound to no thread.
class text_compressor {
  public:
    enum class then : std::uint8_t {
        flush, // all of the input so far can be decoded from the output so far
        finish // and it is the end: nothing may be appended any more
    };

    virtual ~text_compressor() = default;

    /// Compresses `input` and appends the result to `out`. Throws std::bad_alloc, after which it is
    /// of no more use.
    virtual void append(std::string_view input, then what, std::string& out) = 0;
};

/// For gzip with a level of 1 to 9, or br with 0 to 11. A gzip one holds about 260 KiB, a br one at
/// level 4 about 730.
std::unique_ptr<text_compressor> make_compressor(coding c, int level);

} // namespace ringlet::http
