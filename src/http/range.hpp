// Byte ranges (RFC 9110 section 14) and the bodies that carry several (section 14.6).
#pragma once

#include "ringlet/limits.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ringlet::http {

/// Both ends are included, and first <= last.
struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    std::uint64_t length() const noexcept { return last - first + 1; }
    friend bool operator==(const byte_range&, const byte_range&) = default;
};

struct range_set {
    enum class kind : std::uint8_t {
        whole,         // ignore Range: 200
        unsatisfiable, // 416
        partial,       // 206
    };

    kind result = kind::whole;
    /// Not empty exactly when `partial`. All lie within the representation, and no two overlap or
    /// adjoin.
    boost::container::static_vector<byte_range, limits::ranges_per_request> ranges;
};

/// Reads the value of a Range field for a representation of `size` bytes.
///
/// Ignored, so that the whole is sent, are: other units than bytes, a malformed set (one bad member
/// spoils it), more than limits::ranges_per_request members, and sets whose ranges together are
/// longer than the representation, the sign of an attack (section 14.2). An empty representation is
/// also sent whole: no Content-Range can describe a part of it, and a client that always sends
/// Range should not get an error for it.
///
/// Ranges that overlap or adjoin are sent as one, in the place of the first of them; the rest stay
/// in the order asked for (section 15.3.7.2). Unsatisfiable members, `-0` among them, are left out
/// as long as another one can be satisfied. A number too large for 64 bits lies beyond any end.
range_set parse_ranges(std::string_view value, std::uint64_t size) noexcept;

/// Appends `bytes first-last/size`, the value of Content-Range in a 206.
void append_content_range(std::string& out, byte_range range, std::uint64_t size);

/// Appends `bytes */size`, the value of Content-Range in a 416.
void append_unsatisfied_range(std::string& out, std::uint64_t size);

// --- multipart/byteranges: one head before the bytes of every range, then the end ---

/// What separates the parts: 16 hex digits.
struct multipart_boundary {
    std::array<char, 16> chars{};

    std::string_view view() const noexcept { return {chars.data(), chars.size()}; }
};

/// The number should be random, so that whoever writes a file cannot forge the end of a part.
multipart_boundary make_boundary(std::uint64_t random) noexcept;

/// Appends the Content-Type of the whole message.
void append_multipart_type(std::string& out, const multipart_boundary& boundary);

/// Starts with the CRLF that belongs to the delimiter, before the first part too, where the line
/// is an empty preamble (RFC 2046 section 5.1.1).
void append_part_head(std::string& out, const multipart_boundary& boundary,
                      std::string_view content_type, byte_range range, std::uint64_t size);

void append_multipart_end(std::string& out, const multipart_boundary& boundary);

/// The Content-Length of the message: every head, every range and the end.
std::uint64_t multipart_length(std::string_view content_type, std::span<const byte_range> ranges,
                               std::uint64_t size) noexcept;

} // namespace ringlet::http
