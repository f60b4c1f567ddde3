// How far bytes of a kind go. Nearly all of a head are names and values, so sixteen are looked at
// together.
#pragma once

#include "http/syntax.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ringlet::http {

namespace detail {

/// What g++ and clang do with such a type becomes one instruction where the processor has one.
using sixteen = unsigned char __attribute__((vector_size(16)));

constexpr sixteen all(unsigned char c) noexcept {
    return sixteen{} + c;
}

inline sixteen load(const char* from) noexcept {
    sixteen bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

/// How many are in front of the first that is not zero.
inline std::size_t zeros_in_front(sixteen bytes) noexcept {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(bytes);
    const auto zeros = [](std::uint64_t half) {
        const bool first_is_lowest = std::endian::native == std::endian::little;
        return static_cast<std::size_t>(first_is_lowest ? std::countr_zero(half)
                                                        : std::countl_zero(half)) /
               8;
    };
    return halves[0] != 0 ? zeros(halves[0]) : 8 + zeros(halves[1]);
}

inline sixteen other_than_text(sixteen c) noexcept {
    return static_cast<sixteen>(((c < all(0x20)) & (c != all('\t'))) | (c == all(0x7f)));
}

/// Digits, and what else names seldom have, are in it.
inline sixteen other_than_letters(sixteen c) noexcept {
    const sixteen from_a = (c | all(0x20)) - all('a');
    return static_cast<sixteen>((from_a > all('z' - 'a')) & (c != all('-')));
}

/// A byte that wraps around below is large, too.
inline sixteen other_than_target(sixteen c) noexcept {
    return static_cast<sixteen>((c - all(0x21) > all(0x7e - 0x21)) | (c == all('#')));
}

template <class Others>
std::size_t run(std::string_view s, Others others, bool (*is_one)(char) noexcept) noexcept {
    std::size_t at = 0;
    while (s.size() - at >= sizeof(sixteen)) {
        const std::size_t of_kind = zeros_in_front(others(load(s.data() + at)));
        at += of_kind;
        if (of_kind < sizeof(sixteen))
            break;
    }
    while (at < s.size() && is_one(s[at]))
        ++at;
    return at;
}

} // namespace detail

/// How many of the first bytes are text, as in the value of a field.
inline std::size_t text_run(std::string_view s) noexcept {
    return detail::run(s, detail::other_than_text, is_text_char);
}

/// How many of the first bytes are what tokens are made of, as the name of a field is.
inline std::size_t token_run(std::string_view s) noexcept {
    return detail::run(s, detail::other_than_letters, is_token_char);
}

/// How many of the first bytes are what a request target is made of: visible, and no fragment.
inline std::size_t target_run(std::string_view s) noexcept {
    return detail::run(s, detail::other_than_target, is_target_char);
}

} // namespace ringlet::http
