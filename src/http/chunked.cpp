#include "http/chunked.hpp"

#include "http/syntax.hpp"

#include <algorithm>
#include <array>

namespace ringlet::http {

chunked_decoder::step chunked_decoder::next(std::string_view in) noexcept {
    for (std::size_t at = 0; at < in.size(); ++at) {
        if (state_ == state::data)
            return take_data(in, at);
        if (state_ == state::done)
            return {outcome::complete, at, {}};
        state_ = count_overhead() ? feed(in[at]) : state::failed;
        if (state_ == state::failed)
            return {outcome::bad, at, {}};
    }
    if (state_ == state::failed)
        return {outcome::bad, 0, {}};
    return {state_ == state::done ? outcome::complete : outcome::partial, in.size(), {}};
}

chunked_decoder::step chunked_decoder::take_data(std::string_view in, std::size_t at) noexcept {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size() - at));
    left_ -= size;
    data_bytes_ += size;
    if (left_ == 0)
        state_ = state::data_cr;
    return {outcome::partial, at + size, in.substr(at, size)};
}

/// Bounds the bytes that are read and dropped.
bool chunked_decoder::count_overhead() noexcept {
    if (state_ >= state::ext_space && state_ <= state::ext_quoted_after)
        return ++extension_bytes_ <= limits::chunk_extension_bytes &&
               ++all_extension_bytes_ <= limits::chunk_extensions_bytes + data_bytes_;
    if (state_ >= state::trailer_start && state_ <= state::trailer_lf)
        return ++trailer_bytes_ <= limits::trailer_bytes;
    return true;
}

chunked_decoder::state chunked_decoder::feed(char c) noexcept {
    switch (state_) {
    case state::size_first:
    case state::size:
        return feed_size(c);
    case state::size_lf:
        if (c != '\n')
            return state::failed;
        return left_ == 0 ? state::trailer_start : state::data;
    case state::data_cr:
        return c == '\r' ? state::data_lf : state::failed;
    case state::data_lf:
        return c == '\n' ? state::size_first : state::failed;
    case state::trailer_start:
    case state::trailer_name:
    case state::trailer_value:
    case state::trailer_lf:
        return feed_trailer(c);
    case state::end_lf:
        return c == '\n' ? state::done : state::failed;
    case state::data:
    case state::done:
    case state::failed:
        return state::failed;
    default:
        return feed_extension(c);
    }
}

chunked_decoder::state chunked_decoder::feed_size(char c) noexcept {
    if (state_ == state::size_first) {
        left_ = 0;
        digits_ = 0;
        extension_bytes_ = 0;
    }
    const int digit = hex_value(c);
    if (digit >= 0) {
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        return ++digits_ <= size_digits ? state::size : state::failed;
    }
    if (state_ == state::size_first)
        return state::failed;
    return after_extension_part(c);
}

/// Where a size, an extension's name without value, or its value may end.
chunked_decoder::state chunked_decoder::after_extension_part(char c) noexcept {
    if (c == '\r')
        return state::size_lf;
    if (c == ';')
        return state::ext_name_first;
    return is_blank(c) ? state::ext_space : state::failed;
}

/// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
chunked_decoder::state chunked_decoder::feed_extension(char c) noexcept {
    switch (state_) {
    case state::ext_space:
        if (c == ';')
            return state::ext_name_first;
        return is_blank(c) ? state_ : state::failed;
    case state::ext_name_first:
        if (is_blank(c))
            return state_;
        return is_token_char(c) ? state::ext_name : state::failed;
    case state::ext_name:
        if (is_token_char(c))
            return state_;
        if (c == '=')
            return state::ext_value_first;
        return is_blank(c) ? state::ext_name_space : after_extension_part(c);
    case state::ext_name_space:
        if (is_blank(c))
            return state_;
        if (c == '=')
            return state::ext_value_first;
        return c == ';' ? state::ext_name_first : state::failed;
    case state::ext_value_first:
        if (is_blank(c))
            return state_;
        if (c == '"')
            return state::ext_quoted;
        return is_token_char(c) ? state::ext_value : state::failed;
    case state::ext_value:
        return is_token_char(c) ? state_ : after_extension_part(c);
    case state::ext_quoted:
        if (c == '"')
            return state::ext_quoted_after;
        if (c == '\\')
            return state::ext_quoted_pair;
        return is_text_char(c) ? state_ : state::failed;
    case state::ext_quoted_pair:
        return is_text_char(c) ? state::ext_quoted : state::failed;
    case state::ext_quoted_after:
        return after_extension_part(c);
    default:
        return state::failed;
    }
}

namespace {

/// RFC 9110 section 6.5.1: a trailer comes too late to frame or route its message. Who puts these
/// there hopes for somebody who takes them seriously.
constexpr std::array<std::string_view, 3> no_trailers{"content-length", "host",
                                                      "transfer-encoding"};

} // namespace

/// Whether it was the colon behind one of those names, of which `c` is the next character.
bool chunked_decoder::ends_bad_name(char c) noexcept {
    if (state_ == state::trailer_start) {
        name_bytes_ = 0;
        maybe_bad_ = (1U << no_trailers.size()) - 1;
    }
    for (std::size_t i = 0; i < no_trailers.size(); ++i) {
        const std::string_view rest =
            no_trailers[i].substr(std::min(name_bytes_, no_trailers[i].size()));
        if ((maybe_bad_ >> i & 1) != 0 && c == ':' && rest.empty())
            return true;
        if (rest.empty() || rest.front() != to_lower(c))
            maybe_bad_ &= ~(1U << i);
    }
    ++name_bytes_;
    return false;
}

/// *( field-line CRLF ) CRLF, without folding and without white space before the colon.
chunked_decoder::state chunked_decoder::feed_trailer(char c) noexcept {
    const bool naming = state_ == state::trailer_start || state_ == state::trailer_name;
    if (naming && ends_bad_name(c))
        return state::failed;
    switch (state_) {
    case state::trailer_start:
        if (c == '\r')
            return state::end_lf;
        return is_token_char(c) ? state::trailer_name : state::failed;
    case state::trailer_name:
        if (c == ':')
            return state::trailer_value;
        return is_token_char(c) ? state_ : state::failed;
    case state::trailer_value:
        if (c == '\r')
            return state::trailer_lf;
        return is_text_char(c) ? state_ : state::failed;
    case state::trailer_lf:
        return c == '\n' ? state::trailer_start : state::failed;
    default:
        return state::failed;
    }
}

} // namespace ringlet::http
