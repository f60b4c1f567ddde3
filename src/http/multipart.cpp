#include "http/multipart.hpp"

#include "http/parameters.hpp"
#include "http/syntax.hpp"

#include "ringlet/limits.hpp"

#include <algorithm>
#include <utility>

namespace ringlet::http {
namespace {

constexpr std::size_t boundary_bytes_most = 70;

/// RFC 2046 section 5.1.1.
bool is_boundary(std::string_view text) noexcept {
    constexpr std::string_view allowed = "0123456789abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
    return !text.empty() && text.size() <= boundary_bytes_most && !text.ends_with(' ') &&
           text.find_first_not_of(allowed) == text.npos;
}

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
    return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// --- the header of a part ---

/// The byte that an escape of browsers' own stands for (WHATWG HTML, "multipart form data"), or 0.
/// They escape nothing else, so that any other `%` means itself.
char browser_escape(std::string_view text) noexcept {
    if (text.starts_with("%22"))
        return '"';
    if (text.starts_with("%0D"))
        return '\r';
    return text.starts_with("%0A") ? '\n' : '\0';
}

/// A backslash escapes a quote and itself, as other clients have it, but no other character:
/// there are paths of Windows in file names.
bool is_quoted_pair(std::string_view text) noexcept {
    return text.starts_with("\\\"") || text.starts_with("\\\\");
}

std::string plain_value(const raw_parameter& p) {
    if (!p.quoted)
        return std::string(p.value);
    std::string plain;
    for (std::string_view rest = p.value; !rest.empty();) {
        if (const char c = browser_escape(rest)) {
            plain += c;
            rest.remove_prefix(3);
            continue;
        }
        rest.remove_prefix(is_quoted_pair(rest) ? 1 : 0);
        plain += rest.front();
        rest.remove_prefix(1);
    }
    return plain;
}

std::string last_component(std::string path) {
    path.erase(0, path.find_last_of("/\\") + 1); // npos + 1 is 0
    if (path == "." || path == "..")
        path.clear();
    return path;
}

bool read_disposition(multipart_reader::part_head& part, std::string_view value) {
    const auto type_end = std::min(value.find(';'), value.size());
    if (part.name || !iequals(trim(value.substr(0, type_end)), "form-data"))
        return false;
    std::string_view rest = value.substr(type_end);
    while (const auto p = take_parameter(rest)) {
        const bool is_filename = iequals(p->name, "filename");
        if (!is_filename && !iequals(p->name, "name"))
            continue;
        auto& known = is_filename ? part.filename : part.name;
        if (known)
            return false;
        known = is_filename ? last_component(plain_value(*p)) : plain_value(*p);
    }
    return rest.empty() && part.name;
}

/// Fields that are not known here are dropped (RFC 7578 section 4.8).
bool read_field(multipart_reader::part_head& part, std::string_view line) {
    const auto colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    if (!is_token(name) || colon == line.size() || !std::ranges::all_of(line, is_text_char))
        return false;
    const std::string_view value = trim(line.substr(colon + 1));
    if (iequals(name, "Content-Disposition"))
        return read_disposition(part, value);
    if (iequals(name, "Content-Type"))
        return !std::exchange(part.content_type, std::string(value));
    return true;
}

} // namespace

multipart_reader::multipart_reader(std::string_view boundary) {
    if (!is_boundary(boundary))
        return;
    delimiter_.append("\r\n--").append(boundary);
    expect_delimiter(state::preamble);
}

std::string_view multipart_reader::name() const noexcept {
    return part_.name ? std::string_view(*part_.name) : std::string_view();
}

std::optional<std::string_view> multipart_reader::filename() const noexcept {
    return part_.filename;
}

std::string_view multipart_reader::content_type() const noexcept {
    return part_.content_type ? std::string_view(*part_.content_type) : "text/plain";
}

multipart_reader::step multipart_reader::next(std::string_view in) {
    std::string_view rest = in;
    std::string_view data;
    std::optional<event> what;
    while (!what)
        what = advance(rest, data);
    return {*what, in.size() - rest.size(), data};
}

/// Nothing when the state changed, but not so that the caller would need to know.
std::optional<multipart_reader::event> multipart_reader::advance(std::string_view& in,
                                                                 std::string_view& data) {
    switch (state_) {
    case state::preamble:
        return skip_preamble(in);
    case state::head:
        return read_head(in);
    case state::content:
        return read_content(in, data);
    case state::done:
        in = {};
        return event::end;
    case state::failed:
        return event::bad;
    default:
        return read_tail(in);
    }
}

// --- delimiters, and what is between them ---

/// A delimiter begins with the CRLF of the line before, whose bytes belong to it: to the delimiter
/// if there is one, but never to the content that begins here.
void multipart_reader::expect_delimiter(state where) noexcept {
    state_ = where;
    matched_ = not_content_ = std::string_view("\r\n").size();
}

/// Gives content up to where a delimiter may begin, and part_end behind one. As a boundary has no
/// CR, a delimiter can begin nowhere inside the beginning of another.
std::optional<multipart_reader::event>
multipart_reader::read_content(std::string_view& in, std::string_view& data) noexcept {
    const std::string_view delimiter = delimiter_;
    const std::size_t more = common_prefix(delimiter.substr(matched_), in);
    if (matched_ + more == delimiter.size()) {
        in.remove_prefix(more);
        head_bytes_ = 0;
        state_ = state::tail;
        return event::part_end;
    }
    if (more == in.size()) {
        matched_ += more;
        in = {};
        return event::need_more;
    }
    // What matched was content after all. Its bytes are gone, but the delimiter has the same.
    data = delimiter.substr(not_content_, matched_ - not_content_);
    matched_ = not_content_ = 0;
    if (!data.empty())
        return event::data;

    std::size_t end = in.find('\r');
    while (end != in.npos && !delimiter.starts_with(in.substr(end, delimiter.size())))
        end = in.find('\r', end + 1);
    data = in.substr(0, end);
    in.remove_prefix(data.size());
    return data.empty() ? std::nullopt : std::optional(event::data);
}

std::optional<multipart_reader::event>
multipart_reader::skip_preamble(std::string_view& in) noexcept {
    std::string_view skipped;
    if (read_content(in, skipped) == event::need_more)
        return event::need_more;
    return count_head(skipped.size()) ? std::nullopt : std::optional(fail());
}

std::optional<multipart_reader::event> multipart_reader::read_tail(std::string_view& in) {
    if (in.empty())
        return event::need_more;
    state_ = after_tail_byte(in.front());
    in.remove_prefix(1);
    if (!count_head(1))
        return fail();
    if (state_ != state::head)
        return std::nullopt;
    part_ = {};
    line_.clear();
    return ++parts_ <= limits::multipart_parts ? std::nullopt : std::optional(fail());
}

multipart_reader::state multipart_reader::after_tail_byte(char c) const noexcept {
    switch (state_) {
    case state::tail_dash:
        return c == '-' ? state::done : state::failed;
    case state::tail_lf:
        return c == '\n' ? state::head : state::failed;
    default:
        if (c == '-' && state_ == state::tail)
            return state::tail_dash;
        if (c == '\r')
            return state::tail_lf;
        return is_blank(c) ? state::tail_padding : state::failed;
    }
}

// --- headers ---

std::optional<multipart_reader::event> multipart_reader::read_head(std::string_view& in) {
    if (in.empty())
        return event::need_more;
    const auto newline = in.find('\n');
    const std::string_view piece = in.substr(0, newline == in.npos ? newline : newline + 1);
    if (!count_head(piece.size()))
        return fail();
    line_ += piece;
    in.remove_prefix(piece.size());
    return newline == piece.npos ? std::nullopt : end_line();
}

std::optional<multipart_reader::event> multipart_reader::end_line() {
    if (!line_.ends_with("\r\n"))
        return fail();
    line_.resize(line_.size() - 2);
    if (line_.empty()) {
        if (!part_.name)
            return fail();
        expect_delimiter(state::content);
        return event::part_begin;
    }
    if (!read_field(part_, line_))
        return fail();
    line_.clear();
    return std::nullopt;
}

bool multipart_reader::count_head(std::size_t bytes) noexcept {
    return (head_bytes_ += bytes) <= limits::multipart_head_bytes;
}

multipart_reader::event multipart_reader::fail() noexcept {
    state_ = state::failed;
    return event::bad;
}

} // namespace ringlet::http
