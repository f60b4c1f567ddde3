#include "http/head_rules.hpp"

#include "http/syntax.hpp"
#include "http/target.hpp"

#include <charconv>
#include <utility>

namespace ringlet::http {
namespace {

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

} // namespace

fault head_rules::add_line(const request_line& line) {
    head_.method_name = line.method;
    head_.target = line.target;
    head_.version = line.version;
    const auto target = split_target(line.target, head_.method);
    if (!target)
        return bad_request("malformed request target, or a form the method does not take");
    authority_ = target->authority;
    return no_fault;
}

fault head_rules::add_field(const field_view& f) {
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
        return add_connection(f.value);
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
fault head_rules::check_single(const field_view& f) const {
    bool condition = true;
    switch (f.id) {
    case field_id::authorization:
    case field_id::content_type:
        condition = false;
        break;
    case field_id::if_modified_since:
    case field_id::if_unmodified_since:
    case field_id::if_range:
        break;
    default:
        return no_fault;
    }
    const field_view first = *head_.find(f.id);
    if (first.name.data() == f.name.data() || (condition && first.value == f.value))
        return no_fault;
    return bad_request("repeated field that has one value");
}

/// RFC 9112 section 3.2: one valid Host, or the request cannot be routed safely.
fault head_rules::add_host(std::string_view value) {
    if (std::exchange(has_host_, true))
        return bad_request("repeated Host");
    if (!value.empty() && !is_authority(value))
        return bad_request("malformed Host");
    return no_fault;
}

/// RFC 9110 section 8.6 permits to repair a repeated equal length; refusing leaves no two
/// readings for a proxy before us to differ on.
fault head_rules::add_content_length(std::string_view value) {
    if (has_length_)
        return bad_request("repeated Content-Length");
    has_length_ = true;
    if (!parse_length(value, head_.content_length))
        return bad_request("malformed Content-Length");
    return no_fault;
}

/// Several lines are one list. Empty elements, elsewhere ignored, are refused in this field: it is
/// the one by which requests are smuggled.
fault head_rules::add_transfer_encoding(std::string_view value) {
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

fault head_rules::add_connection(std::string_view value) {
    bool wrong = false;
    for_each_element(value, [&](std::string_view option) {
        if (iequals(option, "close"))
            close_ = true;
        else if (iequals(option, "keep-alive"))
            keep_alive_ = true;
        else
            wrong = wrong || !(option.empty() || is_token(option));
    });
    return wrong ? bad_request("malformed Connection") : no_fault;
}

void head_rules::add_expect(std::string_view value) {
    for_each_element(value, [&](std::string_view expectation) {
        if (iequals(expectation, "100-continue"))
            continue_ = true;
        else if (!expectation.empty())
            other_expectation_ = true;
    });
}

/// RFC 9112 section 3.2: HTTP/1.1 has to say one, if only an empty one.
fault head_rules::check_host() const {
    return has_host_ || head_.version < 11 ? no_fault : bad_request("missing Host");
}

/// RFC 9112 sections 6.1 and 6.3.
fault head_rules::settle_framing() {
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

fault head_rules::finish() {
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

} // namespace ringlet::http
