// The type of a response's content.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ringlet {

/// A media type (RFC 9110 section 8.3.1), such as "text/html; charset=utf-8". A literal is kept as
/// it is and costs no allocation; anything else is copied.
class media_type {
  public:
    media_type() noexcept = default;
    template <std::size_t N>
    media_type(const char (&literal)[N]) noexcept : literal_(literal, N - 1) {}
    template <std::size_t N>
    media_type(char (&buffer)[N]) = delete; // no literal: make it a std::string
    media_type(std::string text) noexcept : text_(std::move(text)) {}

    std::string_view view() const noexcept {
        return text_.empty() ? literal_ : std::string_view(text_);
    }
    operator std::string_view() const noexcept { return view(); }
    bool empty() const noexcept { return view().empty(); }

  private:
    std::string_view literal_;
    std::string text_;
};

} // namespace ringlet
