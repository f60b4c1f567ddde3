#include "http/parser.hpp"

#include "http/head_rules.hpp"
#include "http/request_line.hpp"
#include "ringlet/limits.hpp"

#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <functional>

namespace ringlet::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast_error = beast::http::error;

std::string_view std_view(beast::string_view s) noexcept {
    return {s.data(), s.size()};
}

verb verb_of(std::string_view method) noexcept {
    return beast::http::string_to_verb({method.data(), method.size()});
}

constexpr parse_result bad(const fault& f) {
    return {outcome::bad, 0, f.error, f.reason};
}

/// Beast's parser for the fields, with what it lets pass refused in its callbacks, and views
/// instead of copies. One object parses one input once.
class head_parser final : public beast::http::basic_parser<true> {
  public:
    explicit head_parser(request_head& head) : head_(head), rules_(head) {
        header_limit(limits::head_bytes);
        skip(true); // the content is not this parser's business
    }

    parse_result parse(std::string_view input);

  private:
    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int,
                         error_code&) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       error_code&) override;
    void on_header_impl(error_code&) override;
    void on_finish_impl(error_code&) override {}
    void on_response_impl(int, beast::string_view, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast::string_view s, error_code&) override { return s.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view s, error_code&) override {
        return s.size();
    }

    parse_result parse_fields(std::size_t at);
    bool is_folded(std::string_view name, std::string_view value) const noexcept;

    fault explain(beast_error what) const;
    fault check_unfinished() const;
    void stop_if(const fault& f, error_code& ec);

    request_head& head_;
    head_rules rules_;
    std::string_view input_;
    fault fault_;
};

/// Ends the parse; any error code does, `fault_` holds what is told to the caller.
void head_parser::stop_if(const fault& f, error_code& ec) {
    if (!f)
        return;
    fault_ = f;
    ec = beast_error::bad_value;
}

parse_result head_parser::parse(std::string_view input) {
    // No more than a head may have is looked at, so that a longer one cannot be accepted.
    input_ = input.substr(0, limits::head_bytes);
    request_line line;
    const parse_result begun = parse_request_line(input_, line);
    // Of a line that is refused the method counts, too: an answer to HEAD has no content.
    head_.method = verb_of(line.method);
    if (begun.what != outcome::complete)
        return begun;
    if (const fault f = rules_.add_line(line))
        return bad(f);
    return parse_fields(begun.consumed);
}

/// Beast wants a request line first. It gets one of its own: of the client's it would refuse what
/// is to be served (HTTP/1.2).
parse_result head_parser::parse_fields(std::size_t at) {
    constexpr std::string_view line = "GET / HTTP/1.1\r\n";
    error_code ec;
    put(boost::asio::const_buffer(line.data(), line.size()), ec);
    head_.fields.clear(input_.data());
    const std::string_view fields = input_.substr(at);
    const std::size_t used = put(boost::asio::const_buffer(fields.data(), fields.size()), ec);
    if (!ec)
        return {outcome::complete, at + used, status::ok, ""};
    const bool need_more = ec == beast_error::need_more;
    if (!fault_)
        fault_ = need_more ? check_unfinished() : explain(static_cast<beast_error>(ec.value()));
    if (!fault_)
        return {outcome::partial, 0, status::ok, ""};
    return bad(fault_);
}

/// What is surely wrong although the head has not ended yet.
fault head_parser::check_unfinished() const {
    // At the start of a line Beast wants two bytes before it looks at one.
    if (input_.ends_with('\n') && !input_.ends_with("\r\n"))
        return bad_request("bare LF");
    // Beast looks for a fold only when it has seen the end of the folded line.
    if (input_.find("\r\n ") != input_.npos || input_.find("\r\n\t") != input_.npos)
        return bad_request("folded field line");
    if (input_.size() >= limits::head_bytes)
        return {status::request_header_fields_too_large, "request head too long"};
    return no_fault;
}

/// Beast's verdicts of its own, in our terms.
fault head_parser::explain(beast_error what) const {
    switch (what) {
    case beast_error::header_limit:
        // Below our own limit this is Beast's buffer for a long folded value.
        return input_.size() < limits::head_bytes ? bad_request("folded field line")
                                                  : check_unfinished();
    case beast_error::bad_field:
        return bad_request("malformed field name");
    case beast_error::bad_value:
        return bad_request("bad character in field value, or malformed Connection");
    case beast_error::bad_line_ending:
        return bad_request("bare CR");
    case beast_error::bad_content_length:
    case beast_error::multiple_content_length:
        return rules_.has_coding() ? bad_request("both Content-Length and Transfer-Encoding")
                                   : bad_request("malformed or repeated Content-Length");
    case beast_error::bad_transfer_encoding:
        return rules_.has_length() ? bad_request("both Content-Length and Transfer-Encoding")
                                   : bad_request("coding after chunked");
    default:
        return bad_request("malformed request");
    }
}

/// Beast unfolds a value into a buffer of its own, or begins it on a later line: either way more
/// than white space lies between the name and the value (RFC 9112 section 5.2).
bool head_parser::is_folded(std::string_view name, std::string_view value) const noexcept {
    const char* const gap = name.data() + name.size() + 1;
    const std::less<const char*> before;
    if (before(value.data(), gap) || before(input_.data() + input_.size(), value.data()))
        return true;
    return std::any_of(gap, value.data(), [](char c) { return c != ' ' && c != '\t'; });
}

void head_parser::on_field_impl(beast::http::field id, beast::string_view name,
                                beast::string_view value, error_code& ec) {
    const field_view f{id, std_view(name), std_view(value)};
    if (is_folded(f.name, f.value))
        stop_if(bad_request("folded field line"), ec);
    else if (head_.fields.size() == limits::head_fields)
        stop_if({status::request_header_fields_too_large, "too many fields"}, ec);
    else
        stop_if(rules_.add_field(f), ec);
}

void head_parser::on_header_impl(error_code& ec) {
    stop_if(rules_.finish(), ec);
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

parse_result parse_request_head(std::string_view input, request_head& head) {
    head = request_head{};
    const std::size_t skipped = skip_empty_lines(input);
    const std::string_view rest = input.substr(skipped);
    // A lone CR is half of one more empty line, unless there were enough already.
    const bool half_line = rest == "\r" && skipped < 2 * limits::leading_empty_lines;
    if (rest.empty() || half_line)
        return {outcome::partial, 0, status::ok, ""};

    head_parser parser(head);
    parse_result result = parser.parse(rest);
    if (result.what == outcome::complete)
        result.consumed += skipped;
    return result;
}

} // namespace ringlet::http
