#include "http/parser.hpp"

#include "http/request_line.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"
#include "ringlet/limits.hpp"

#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

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

/// Visits the elements of a comma-separated list, empty ones too (RFC 9110 section 5.6.1).
template <class Visitor>
void for_each_element(std::string_view list, Visitor&& visit) {
    for (;;) {
        const auto comma = list.find(',');
        visit(trim(list.substr(0, comma)));
        if (comma == list.npos)
            return;
        list.remove_prefix(comma + 1);
    }
}

/// 1*DIGIT that fits (RFC 9110 section 8.6): no sign, no list, no white space.
bool parse_length(std::string_view s, std::uint64_t& value) noexcept {
    const char* const end = s.data() + s.size();
    const auto [stop, error] = std::from_chars(s.data(), end, value);
    return error == std::errc{} && stop == end;
}

struct fault {
    status error = status::ok;
    const char* reason = nullptr; // null: no fault

    explicit operator bool() const noexcept { return reason != nullptr; }
};

constexpr fault no_fault{};

constexpr fault bad_request(const char* reason) {
    return {status::bad_request, reason};
}

constexpr parse_result bad(const fault& f) {
    return {outcome::bad, 0, f.error, f.reason};
}

/// Beast's parser for the fields, with what it lets pass refused in its callbacks, and views
/// instead of copies. One object parses one input once.
class head_parser final : public beast::http::basic_parser<true> {
  public:
    explicit head_parser(request_head& head) : head_(head) {
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

    fault add_line(const request_line& line);
    parse_result parse_fields(std::size_t at);
    fault add_field(const field_view& f);
    bool is_folded(std::string_view name, std::string_view value) const noexcept;
    fault check_single(const field_view& f) const;
    fault add_host(std::string_view value);
    fault add_content_length(std::string_view value);
    fault add_transfer_encoding(std::string_view value);
    void add_connection(std::string_view value);
    void add_expect(std::string_view value);
    fault check_host() const;
    fault settle_framing();
    fault finish();

    fault explain(beast_error what) const;
    fault check_unfinished() const;
    void stop_if(const fault& f, error_code& ec);

    request_head& head_;
    std::string_view input_;
    fault fault_;
    std::string_view authority_; // of the target
    std::optional<std::string_view> host_;
    bool has_length_ = false;
    bool has_coding_ = false;
    bool chunked_ = false; // the last coding seen
    bool other_coding_ = false;
    bool close_ = false;
    bool keep_alive_ = false;
    bool continue_ = false;
    bool other_expectation_ = false;
};

// --- driving Beast ---

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
    if (begun.what != outcome::complete) {
        // Of a line that is refused the method counts: an answer to HEAD has no content.
        head_.method = verb_of(line.method);
        return begun;
    }
    if (const fault f = add_line(line))
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
        return has_coding_ ? bad_request("both Content-Length and Transfer-Encoding")
                           : bad_request("malformed or repeated Content-Length");
    case beast_error::bad_transfer_encoding:
        return has_length_ ? bad_request("both Content-Length and Transfer-Encoding")
                           : bad_request("coding after chunked");
    default:
        return bad_request("malformed request");
    }
}

// --- the request line ---

fault head_parser::add_line(const request_line& line) {
    head_.method = verb_of(line.method);
    head_.method_name = line.method;
    head_.target = line.target;
    head_.version = line.version;
    const auto target = split_target(line.target, head_.method);
    if (!target)
        return bad_request("malformed request target, or a form the method does not take");
    authority_ = target->authority;
    return no_fault;
}

// --- fields ---

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
        stop_if(add_field(f), ec);
}

fault head_parser::add_field(const field_view& f) {
    // RFC 9112 section 3.2.2: the host that a target names counts, and Host is ignored.
    const bool replaced = f.id == field_id::host && !authority_.empty();
    head_.fields.push_back({f.id, f.name, replaced ? authority_ : f.value});
    switch (f.id) {
    case field_id::host:
        return add_host(f.value);
    case field_id::content_length:
        return add_content_length(f.value);
    case field_id::transfer_encoding:
        return add_transfer_encoding(f.value);
    case field_id::connection:
        add_connection(f.value);
        return no_fault;
    case field_id::expect:
        add_expect(f.value);
        return no_fault;
    default:
        return check_single(f);
    }
}

/// Fields of one value: who sends two may mean one of them for us and the other for a proxy (RFC
/// 9110 section 5.3). A condition that is just said twice is for others to ignore, as are repeated
/// ranges (sections 13.1.3 and 14.2).
fault head_parser::check_single(const field_view& f) const {
    switch (f.id) {
    case field_id::authorization:
    case field_id::content_type:
    case field_id::if_modified_since:
    case field_id::if_unmodified_since:
    case field_id::if_range:
        break;
    default:
        return no_fault;
    }
    const field_view first = *head_.find(f.id);
    const bool condition = f.id != field_id::authorization && f.id != field_id::content_type;
    if (first.name.data() == f.name.data() || (condition && first.value == f.value))
        return no_fault;
    return bad_request("repeated field that has one value");
}

/// RFC 9112 section 3.2: one valid Host, or the request cannot be routed safely.
fault head_parser::add_host(std::string_view value) {
    if (host_)
        return bad_request("repeated Host");
    host_ = value;
    if (!value.empty() && !is_authority(value))
        return bad_request("malformed Host");
    return no_fault;
}

/// RFC 9110 section 8.6 permits to repair a repeated equal length; refusing leaves no two
/// readings for a proxy before us to differ on.
fault head_parser::add_content_length(std::string_view value) {
    if (has_length_)
        return bad_request("repeated Content-Length");
    has_length_ = true;
    if (!parse_length(value, head_.content_length))
        return bad_request("malformed Content-Length");
    return no_fault;
}

/// Several lines are one list. Empty elements, elsewhere ignored, are refused in this field: it is
/// the one by which requests are smuggled.
fault head_parser::add_transfer_encoding(std::string_view value) {
    has_coding_ = true;
    const char* wrong = nullptr;
    for_each_element(value, [&](std::string_view coding) {
        if (chunked_)
            wrong = "coding after chunked";
        else if (coding.empty())
            wrong = "empty transfer coding";
        else if (iequals(coding, "chunked"))
            chunked_ = true;
        else
            other_coding_ = true;
    });
    return wrong ? bad_request(wrong) : no_fault;
}

void head_parser::add_connection(std::string_view value) {
    for_each_element(value, [&](std::string_view option) {
        if (iequals(option, "close"))
            close_ = true;
        else if (iequals(option, "keep-alive"))
            keep_alive_ = true;
    });
}

void head_parser::add_expect(std::string_view value) {
    for_each_element(value, [&](std::string_view expectation) {
        if (iequals(expectation, "100-continue"))
            continue_ = true;
        else if (!expectation.empty())
            other_expectation_ = true;
    });
}

// --- the end of the head ---

void head_parser::on_header_impl(error_code& ec) {
    stop_if(finish(), ec);
}

/// RFC 9110 section 7.2: an empty Host stands for a target URI without authority. A target that
/// names one contradicts it; for the other forms the server's default host applies.
fault head_parser::check_host() const {
    if (!host_)
        return head_.version >= 11 ? bad_request("missing Host") : no_fault;
    if (host_->empty() && !authority_.empty())
        return bad_request("empty Host");
    return no_fault;
}

/// RFC 9112 sections 6.1 and 6.3.
fault head_parser::settle_framing() {
    if (has_length_)
        head_.body = framing::content_length;
    if (!has_coding_)
        return no_fault;
    if (has_length_)
        return bad_request("both Content-Length and Transfer-Encoding");
    if (head_.version < 11)
        return bad_request("Transfer-Encoding in HTTP/1.0");
    if (!chunked_)
        return bad_request("final transfer coding is not chunked");
    head_.body = framing::chunked;
    return no_fault;
}

/// What needs the whole head. Malformed beats unsupported.
fault head_parser::finish() {
    if (const fault f = check_host())
        return f;
    if (const fault f = settle_framing())
        return f;
    head_.keep_alive = !close_ && (head_.version >= 11 || keep_alive_);
    if (other_coding_)
        return {status::not_implemented, "unknown transfer coding"};
    if (head_.method == verb::unknown)
        return {status::not_implemented, "unknown method"};
    if (head_.version < 11) // RFC 9110 section 10.1.1: an older client cannot expect
        return no_fault;
    head_.expect_continue = continue_;
    if (other_expectation_)
        return {status::expectation_failed, "unknown expectation"};
    return no_fault;
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
