// Entity tags (RFC 9110 section 8.8.3) and the fields that list them.
#pragma once

#include "http/request_head.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace ringlet::http {

/// An entity tag with its quotes, held in place. `view()` lives as long as the buffer.
struct etag_buffer {
    std::array<char, 56> chars{}; // two quotes, three 64-bit numbers in hex, two dashes: at most 52
    std::uint8_t size = 0;

    std::string_view view() const noexcept { return {chars.data(), size}; }
};

/// A strong tag, `"<mtime>-<size>-<inode>"` in hex. Whoever replaces a file atomically changes the
/// inode, whoever writes in place changes the time. Nanoseconds make it strong in practice; a file
/// system that stamps more coarsely can hide a second write of equal size within one tick.
etag_buffer make_etag(std::int64_t mtime_ns, std::uint64_t size, std::uint64_t inode) noexcept;

/// RFC 9110 section 8.8.3.2. Arguments are whole entity tags: `"x"` or `W/"x"`.
bool strong_match(std::string_view a, std::string_view b) noexcept;
bool weak_match(std::string_view a, std::string_view b) noexcept;

enum class etag_comparison : std::uint8_t { strong, weak };

/// Whether one field line of If-Match or If-None-Match names `etag`. `*` matches whatever exists,
/// even what has no tag (`etag` empty); that something exists is for the caller to know.
///
/// A malformed member ends the list: tags before it count, those after it do not, for a quote out
/// of place leaves it unknowable where the next one starts. Both fields fall to the safe side:
/// If-Match fails, If-None-Match sends the representation.
bool etag_list_matches(std::string_view field_value, std::string_view etag,
                       etag_comparison how) noexcept;

/// The same over all field lines of that name.
bool etag_field_matches(const request_head& head, field_id field, std::string_view etag,
                        etag_comparison how) noexcept;

} // namespace ringlet::http
