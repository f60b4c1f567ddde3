// The chunked transfer coding (RFC 9112 section 7.1): read strictly, and written.
#pragma once

#include "http/outcome.hpp"
#include "ringlet/limits.hpp"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringlet::http {

/// Takes the coding off a message body that arrives in pieces.
///
/// Lines end with CRLF only; chunk extensions and trailer fields are checked, bounded
/// (limits::chunk_extension_bytes per chunk, limits::trailer_bytes) and dropped. How much
/// content there may be is for the caller to bound.
class chunked_decoder {
  public:
    struct step {
        outcome what;
        std::size_t consumed;  // of the input; never 0 while it is partial and there was input
        std::string_view data; // a piece of content, a view into the input
    };

    /// Reads `in` up to the end of one piece of content, of the body, or of `in`. While partial,
    /// call again with what was not consumed, or with new bytes when all was. After complete,
    /// the bytes behind `consumed` belong to the next request. Complete and bad are final.
    step next(std::string_view in) noexcept;

    /// Content that has yet to come of the chunk that has begun.
    std::uint64_t left() const noexcept { return state_ == state::data ? left_ : 0; }

  private:
    //  size_first -> size --CR--> size_lf --> data -> data_cr -> data_lf -> size_first ...
    //                  |             ^ |
    //                  +-> ext_... --+ +--(size 0)--> trailer_start <-----------------+
    //                                                   | | name -> trailer_value -> trailer_lf
    //                                                   +--CR--> end_lf -> done
    enum class state : std::uint8_t {
        size_first, // at least one digit
        size,
        size_lf,
        ext_space,        // BWS that must be followed by ';'
        ext_name_first,   // BWS, then a name
        ext_name,         //
        ext_name_space,   // BWS that must be followed by ';' or '='
        ext_value_first,  // BWS, then a token or a quoted string
        ext_value,        // a token
        ext_quoted,       //
        ext_quoted_pair,  // after a backslash
        ext_quoted_after, // after the closing quote
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        end_lf,
        done,
        failed,
    };

    state feed(char c) noexcept;
    state feed_size(char c) noexcept;
    state feed_extension(char c) noexcept;
    state feed_trailer(char c) noexcept;
    state after_extension_part(char c) noexcept;
    bool ends_bad_name(char c) noexcept;
    bool count_overhead() noexcept;
    step take_data(std::string_view in, std::size_t at) noexcept;

    static constexpr unsigned size_digits = 16; // of a 64-bit number

    std::uint64_t left_ = 0; // of the chunk's size
    unsigned digits_ = 0;
    std::size_t extension_bytes_ = 0; // of this chunk
    std::uint64_t all_extension_bytes_ = 0;
    std::uint64_t data_bytes_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::size_t name_bytes_ = 0; // of this trailer field
    unsigned maybe_bad_ = 0;     // which names that no trailer may have it can still become
    state state_ = state::size_first;
};

/// The line before a chunk of `size` bytes, which must not be 0: that would be the end. Behind the
/// chunk comes a CRLF.
class chunk_head {
  public:
    explicit constexpr chunk_head(std::size_t size) noexcept {
        assert(size != 0);
        chars_[chars_.size() - 2] = '\r';
        chars_[chars_.size() - 1] = '\n';
        for (; size != 0; size /= 16)
            chars_[--begin_] = "0123456789abcdef"[size % 16];
    }

    /// Valid as long as this object.
    constexpr std::string_view view() const noexcept {
        return {chars_.data() + begin_, chars_.size() - begin_};
    }

  private:
    std::array<char, 2 * sizeof(std::size_t) + 2> chars_{}; // filled from the end
    std::size_t begin_ = chars_.size() - 2;
};

/// Ends a body, without trailer fields.
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace ringlet::http
