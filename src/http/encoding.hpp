// Negotiating the content coding (RFC 9110 section 12.5.3).
#pragma once

#include "http/request_head.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringlet::http {

enum class coding : std::uint8_t { identity, gzip, br, zstd };
inline constexpr std::size_t coding_count = 4;

/// As in Content-Encoding.
std::string_view name(coding c) noexcept;

/// What a precompressed variant's file name ends in, such as `.gz`; empty for identity.
std::string_view suffix(coding c) noexcept;

/// Whether content of that type is worth compressing. Images, fonts and archives are compressed as
/// they are.
bool is_compressible(std::string_view content_type) noexcept;

using coding_list = boost::container::static_vector<coding, coding_count>;

/// What a client accepts.
struct accepted_codings {
    /// Indexed by coding, in thousandths; 0 means not acceptable.
    std::array<std::uint16_t, coding_count> q{};

    /// The acceptable ones, best first: by q, then br, zstd, gzip, identity. Empty when the client
    /// refuses even identity and names no coding known here; 406 and disregarding the field are
    /// both allowed then.
    coding_list order() const noexcept;
};

/// Without the field any coding would be acceptable, but clients that do not ask often cannot
/// decode: they get identity alone, as with an empty field. A malformed member is ignored; of two
/// members for one coding the later counts.
///
/// Identity that no member mentions is acceptable, but only after every coding that was asked for.
accepted_codings parse_accept_encoding(const request_head& head) noexcept;

/// The same for the values of all Accept-Encoding fields.
accepted_codings parse_accept_encoding(std::span<const std::string_view> values) noexcept;

} // namespace ringlet::http
