#include "http/request_line.hpp"

#include "http/scan.hpp"
#include "ringlet/limits.hpp"

#include <algorithm>

namespace ringlet::http {
namespace {

constexpr parse_result partial{outcome::partial, 0, status::ok, ""};

constexpr parse_result bad(const char* reason, status error = status::bad_request) noexcept {
    return {outcome::bad, 0, error, reason};
}

parse_result parse_version(std::string_view text, unsigned& version) noexcept {
    constexpr std::string_view usual = "HTTP/1.1\r\n";
    if (text.starts_with(usual)) {
        version = 11;
        return {outcome::complete, usual.size(), status::ok, ""};
    }
    constexpr std::string_view shape = "HTTP/0.0"; // 0: any digit
    const auto fits = [](char c, char expected) {
        return expected == '0' ? c >= '0' && c <= '9' : c == expected;
    };
    const std::string_view name = text.substr(0, shape.size());
    if (!std::equal(name.begin(), name.end(), shape.begin(), fits))
        return bad("malformed HTTP version");
    if (name.size() < shape.size())
        return partial;
    if (name[5] != '1')
        return bad("HTTP version not supported", status::http_version_not_supported);
    version = name[7] == '0' ? 10 : 11;

    constexpr std::string_view line_end = "\r\n";
    const std::string_view end = text.substr(shape.size(), line_end.size());
    if (!line_end.starts_with(end))
        return bad(end.starts_with('\n') ? "bare LF" : "bytes after the HTTP version");
    if (end.size() < line_end.size())
        return partial;
    return {outcome::complete, shape.size() + line_end.size(), status::ok, ""};
}

} // namespace

parse_result parse_request_line(std::string_view input, request_line& line,
                                std::size_t target_bytes) noexcept {
    std::string_view rest = input;
    line.method = rest.substr(0, token_run(rest));
    if (line.method.size() > limits::method_bytes)
        return bad("method too long", status::not_implemented);
    rest.remove_prefix(line.method.size());
    if (!rest.empty() && (rest.front() != ' ' || line.method.empty()))
        return bad("malformed method");
    rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));

    line.target = rest.substr(0, target_run(rest));
    if (line.target.size() > target_bytes)
        return bad("request target too long", status::uri_too_long);
    rest.remove_prefix(line.target.size());
    if (rest.empty())
        return partial;
    if (rest.front() == '\r' || rest.front() == '\n' || line.target.empty())
        return bad("malformed request line");
    if (rest.front() == '#')
        return bad("fragment in request target");
    if (rest.front() != ' ')
        return bad("bad character in request target");
    rest.remove_prefix(1);

    parse_result result = parse_version(rest, line.version);
    if (result.what == outcome::complete)
        result.consumed += input.size() - rest.size();
    return result;
}

} // namespace ringlet::http
