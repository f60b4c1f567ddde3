#include "http/parser.hpp"

#include "http/field_name.hpp"
#include "http/head_rules.hpp"
#include "http/request_line.hpp"
#include "http/scan.hpp"
#include "http/syntax.hpp"
#include "ringlet/limits.hpp"

#include <boost/beast/core/string.hpp>

namespace ringlet::http {
namespace {

verb verb_of(std::string_view method) noexcept {
    return boost::beast::http::string_to_verb({method.data(), method.size()});
}

constexpr parse_result partial{outcome::partial, 0, status::ok, ""};

constexpr parse_result bad(const fault& f) {
    return {outcome::bad, 0, f.error, f.reason};
}

constexpr parse_result bad(const char* reason) {
    return bad(bad_request(reason));
}

/// One object parses one input once.
class head_parser {
  public:
    head_parser(request_head& head, const server_limits& most)
        : head_(head), rules_(head), most_(most) {}

    parse_result parse(std::string_view input);

  private:
    parse_result parse_line(std::string_view rest);
    parse_result parse_field(std::string_view rest);
    parse_result add_field(const field_view& f, std::size_t line_bytes);

    request_head& head_;
    head_rules rules_;
    const server_limits& most_;
    bool ended_ = false;
};

parse_result head_parser::parse(std::string_view input) {
    // No more than a head may have is looked at, so that a longer one cannot be accepted.
    input = input.substr(0, most_.head_bytes);
    const bool full = input.size() >= most_.head_bytes;
    request_line line;
    const parse_result begun = parse_request_line(input, line, most_.target_bytes);
    // Of a line that is refused the method counts, too: an answer to HEAD has no content.
    head_.method = verb_of(line.method);
    if (begun.what == outcome::partial && full)
        return bad({status::uri_too_long, "request line too long"});
    if (begun.what != outcome::complete)
        return begun;
    if (const fault f = rules_.add_line(line))
        return bad(f);
    head_.fields.clear(input.data());
    for (std::size_t at = begun.consumed; !ended_;) {
        parse_result r = parse_line(input.substr(at));
        if (r.what == outcome::partial && full)
            return bad({status::request_header_fields_too_large, "request head too long"});
        if (r.what != outcome::complete)
            return r;
        at = r.consumed += at;
        if (ended_)
            return r;
    }
    return partial;
}

/// A field, or the empty line.
parse_result head_parser::parse_line(std::string_view rest) {
    if (rest.empty())
        return partial;
    switch (rest.front()) {
    case '\r':
        if (rest.size() == 1)
            return partial;
        if (rest[1] != '\n')
            return bad("bare CR");
        ended_ = true;
        if (const fault f = rules_.finish())
            return bad(f);
        return {outcome::complete, 2, status::ok, ""};
    case '\n':
        return bad("bare LF");
    case ' ':
    case '\t':
        return bad("folded field line");
    default:
        return parse_field(rest);
    }
}

parse_result head_parser::parse_field(std::string_view rest) {
    const std::size_t name_end = token_run(rest);
    if (name_end == rest.size())
        return partial;
    if (rest[name_end] != ':' || name_end == 0)
        return bad("malformed field name");
    const std::size_t begin = name_end + 1;
    const std::size_t end = begin + text_run(rest.substr(begin));
    if (end == rest.size())
        return partial;
    if (rest[end] == '\n')
        return bad("bare LF");
    if (rest[end] != '\r')
        return bad("bad character in field value");
    if (end + 1 == rest.size())
        return partial;
    if (rest[end + 1] != '\n')
        return bad("bare CR");
    const std::string_view name = rest.substr(0, name_end);
    return add_field({find_field(name), name, trim(rest.substr(begin, end - begin))}, end + 2);
}

parse_result head_parser::add_field(const field_view& f, std::size_t line_bytes) {
    if (head_.fields.size() == most_.head_fields)
        return bad({status::request_header_fields_too_large, "too many fields"});
    if (const fault wrong = rules_.add_field(f))
        return bad(wrong);
    return {outcome::complete, line_bytes, status::ok, ""};
}

/// RFC 9112 section 2.2: empty lines before a request line are to be ignored.
std::size_t skip_empty_lines(std::string_view input) noexcept {
    std::size_t at = 0;
    for (std::size_t n = 0; n < limits::leading_empty_lines; ++n)
        if (input.substr(at).starts_with("\r\n"))
            at += 2;
    return at;
}

} // namespace

parse_result parse_request_head(std::string_view input, request_head& head,
                                const server_limits& most) {
    head.clear();
    const std::size_t skipped = skip_empty_lines(input);
    const std::string_view rest = input.substr(skipped);
    // A lone CR is half of one more empty line, unless there were enough already.
    const bool half_line = rest == "\r" && skipped < 2 * limits::leading_empty_lines;
    if (rest.empty() || half_line)
        return partial;

    head_parser parser(head, most);
    parse_result result = parser.parse(rest);
    if (result.what == outcome::complete)
        result.consumed += skipped;
    return result;
}

} // namespace ringlet::http
