#include "server/body_reader.hpp"

#include <algorithm>
#include <limits>

namespace ringlet {

body_reader::step body_reader::next(std::string_view in) noexcept {
    if (ended_)
        return {what::end, 0, {}};
    if (framing_ == http::framing::content_length) {
        if (left() > room())
            return {what::too_large, 0, {}}; // known before it has come
        const std::string_view piece =
            in.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size())));
        left_ -= piece.size();
        ended_ = left_ == 0;
        return give(piece, piece.size());
    }
    std::size_t consumed = 0;
    while (consumed < in.size()) {
        const auto s = chunks_.next(in.substr(consumed));
        consumed += s.consumed;
        if (s.what == http::outcome::bad)
            return {what::malformed, consumed, {}};
        ended_ = s.what == http::outcome::complete;
        if (ended_ && s.data.empty())
            return {what::end, consumed, {}};
        if (!s.data.empty())
            return give(s.data, consumed);
    }
    return {left() > room() ? what::too_large : what::more, consumed, {}};
}

body_reader::outlook body_reader::look_at(std::string_view in) const noexcept {
    body_reader ahead = *this;
    ahead.limit(std::numeric_limits<std::uint64_t>::max());
    for (;;) {
        const step s = ahead.next(in);
        in.remove_prefix(s.consumed);
        if (s.what != what::piece)
            return {s.what, ahead.left()};
    }
}

std::uint64_t body_reader::room() const noexcept {
    return limit_ - std::min(limit_, taken_);
}

body_reader::step body_reader::give(std::string_view piece, std::size_t consumed) noexcept {
    if (piece.empty())
        return {what::more, consumed, {}};
    taken_ += piece.size();
    if (taken_ > limit_)
        return {what::too_large, consumed, {}};
    return {what::piece, consumed, piece};
}

} // namespace ringlet
