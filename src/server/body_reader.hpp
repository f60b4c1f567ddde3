// Finds the content of a request in what is received: Content-Length and chunked.
#pragma once

#include "http/chunked.hpp"
#include "http/request_head.hpp"

#include <cstdint>
#include <string_view>

namespace ringlet {

class body_reader {
  public:
    enum class what : std::uint8_t { piece, more, end, malformed, too_large };

    struct step {
        body_reader::what what;
        std::size_t consumed;   // of the input
        std::string_view piece; // of content, a view into the input
    };

    /// Up to `limit` bytes of content are taken.
    void begin(const http::request_head& head, std::uint64_t limit) noexcept {
        *this = {};
        limit_ = limit;
        framing_ = head.body;
        left_ = head.content_length;
        ended_ = framing_ == http::framing::none ||
                 (framing_ == http::framing::content_length && left_ == 0);
    }

    /// The same for what is still to come.
    void limit(std::uint64_t bytes) noexcept { limit_ = bytes; }

    /// One piece of content, or why there is none. `more`, with all of `in` consumed: come again
    /// with what follows. All but piece and more are final.
    step next(std::string_view in) noexcept;

    /// What next() would come to at the end of `in`, however much content that is, and how much
    /// more is then known to come.
    struct outlook {
        body_reader::what what;
        std::uint64_t left;
    };
    outlook look_at(std::string_view in) const noexcept;

    bool ended() const noexcept { return ended_; }

    /// Content that is known to come: by Content-Length, or of a chunk that has begun.
    std::uint64_t left() const noexcept {
        return framing_ == http::framing::chunked ? chunks_.left() : left_;
    }

  private:
    std::uint64_t room() const noexcept;
    step give(std::string_view piece, std::size_t consumed) noexcept;

    http::framing framing_ = http::framing::none;
    bool ended_ = true;
    std::uint64_t left_ = 0; // of Content-Length
    std::uint64_t taken_ = 0;
    std::uint64_t limit_ = 0;
    http::chunked_decoder chunks_;
};

} // namespace ringlet
