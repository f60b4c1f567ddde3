#include "http/target.hpp"

#include "http/syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include <arpa/inet.h>

namespace ringlet::http {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

using byte_set = std::array<bool, 256>;

constexpr byte_set make_set(std::string_view extra) {
    byte_set set{};
    for (unsigned c = '0'; c <= '9'; ++c)
        set[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c)
        set[c] = set[c - 'a' + 'A'] = true;
    for (const char c : extra)
        set[static_cast<unsigned char>(c)] = true;
    return set;
}

// RFC 3986 sections 2.3, 3.2.2 and 3.3: unreserved and sub-delims, and what a path adds.
constexpr byte_set name_bytes = make_set("-._~!$&'()*+,;=");
constexpr byte_set path_bytes = make_set("-._~!$&'()*+,;=:@/");

constexpr bool contains(const byte_set& set, char c) noexcept {
    return set[static_cast<unsigned char>(c)];
}

/// Address text in a buffer of its own, because inet_pton wants its end marked.
bool is_ipv6(std::string_view s) noexcept {
    std::array<char, INET6_ADDRSTRLEN> text{};
    std::array<unsigned char, 16> address;
    if (s.size() >= text.size() || s.find('\0') != s.npos)
        return false;
    std::copy(s.begin(), s.end(), text.begin());
    return ::inet_pton(AF_INET6, text.data(), address.data()) == 1;
}

/// Four numbers up to 255 in decimal, without zeros in front, as inet_pton() takes them.
bool is_ipv4(std::string_view s) noexcept {
    for (int part = 0; part < 4; ++part) {
        if (part != 0 && !s.starts_with('.'))
            return false;
        s.remove_prefix(part != 0 ? 1 : 0);
        const char* const end = s.data() + std::min<std::size_t>(s.size(), 3);
        unsigned number = 0;
        const auto [stop, error] = std::from_chars(s.data(), end, number);
        const auto digits = static_cast<std::size_t>(stop - s.data());
        if (error != std::errc{} || number > 255 || (digits > 1 && s.front() == '0'))
            return false;
        s.remove_prefix(digits);
    }
    return s.empty();
}

bool is_name_or_ipv4(std::string_view host) noexcept {
    // An empty label; one trailing dot stands for the root and is allowed.
    if (host.empty() || host.front() == '.' || host.find("..") != host.npos)
        return false;
    for (std::size_t i = 0; i < host.size(); ++i) {
        if (contains(name_bytes, host[i]))
            continue;
        if (host[i] != '%' || escaped_byte(host, i) < 0)
            return false;
        i += 2;
    }
    if (!is_digit(host.back()))
        return true;
    const std::string_view last = host.substr(host.rfind('.') + 1); // npos + 1 == 0
    return !std::all_of(last.begin(), last.end(), is_digit) || is_ipv4(host);
}

/// *DIGIT by the grammar, so "host:" is well-formed; but no port is above 65535.
bool is_port(std::string_view s) noexcept {
    if (s.empty())
        return true;
    std::uint16_t port;
    const char* const end = s.data() + s.size();
    const auto [stop, error] = std::from_chars(s.data(), end, port);
    return error == std::errc{} && stop == end;
}

target_view split_path(std::string_view path, std::string_view authority) {
    target_view out;
    out.authority = authority;
    const auto mark = path.find('?');
    out.path = path.substr(0, mark);
    if (mark != path.npos) {
        out.has_query = true;
        out.query = path.substr(mark + 1);
    }
    if (out.path.empty()) // "http://h?q"
        out.path = "/";
    return out;
}

/// RFC 9112 section 3.2.3: host and port, both.
std::optional<target_view> authority_form(std::string_view target) {
    const auto colon = target.rfind(':');
    const bool has_port = colon != target.npos && colon + 1 < target.size() && target.back() != ']';
    if (!has_port || !is_authority(target))
        return std::nullopt;
    target_view out;
    out.authority = target;
    return out;
}

std::optional<target_view> absolute_form(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!iequals(target.substr(0, scheme.size()), scheme))
            continue;
        const std::string_view rest = target.substr(scheme.size());
        const auto end = std::min(rest.find_first_of("/?"), rest.size());
        const std::string_view authority = rest.substr(0, end);
        if (!is_authority(authority))
            return std::nullopt;
        target_view out = split_path(rest.substr(end), authority);
        out.secure = scheme == "https://";
        return out;
    }
    return std::nullopt;
}

std::optional<target_view> asterisk_form() {
    target_view out;
    out.asterisk = true;
    return out;
}

} // namespace

bool is_authority(std::string_view s) noexcept {
    const bool bracketed = s.starts_with('[');
    const auto host_end = bracketed ? s.find(']') : s.find(':');
    if (bracketed && host_end == s.npos)
        return false;
    const std::string_view host = bracketed ? s.substr(1, host_end - 1) : s.substr(0, host_end);
    std::string_view rest = bracketed ? s.substr(host_end + 1) : s.substr(host.size());
    if (!(bracketed ? is_ipv6(host) : is_name_or_ipv4(host)))
        return false;
    if (rest.empty())
        return true;
    return rest.front() == ':' && is_port(rest.substr(1));
}

std::optional<target_view> split_target(std::string_view target, verb method) {
    if (method == verb::connect)
        return authority_form(target);
    if (target.starts_with('/'))
        return split_path(target, {});
    if (target == "*")
        return method == verb::options ? asterisk_form() : std::nullopt;
    return absolute_form(target);
}

namespace {

/// Appends the decoded segment, as decode_path() says.
status append_decoded(std::string_view raw, std::string& out) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            if (raw[i] == '\0')
                return status::bad_request;
            out += raw[i];
            continue;
        }
        const int byte = escaped_byte(raw, i);
        if (byte <= 0)
            return status::bad_request;
        if (byte == '/')
            return status::not_found;
        out += static_cast<char>(byte);
        i += 2;
    }
    return status::ok;
}

} // namespace

status decode_path(std::string_view raw, std::string& out) {
    if (!raw.starts_with('/'))
        return status::bad_request;
    out = '/';
    // Before each segment `out` ends with '/', which stands in for every empty or dot segment.
    for (bool last = false; !last;) {
        raw.remove_prefix(1);
        const auto end = std::min(raw.find('/'), raw.size());
        last = end == raw.size();
        const std::size_t start = out.size();
        if (const status s = append_decoded(raw.substr(0, end), out); s != status::ok)
            return s;
        raw.remove_prefix(end);

        const std::string_view segment = std::string_view(out).substr(start);
        if (segment.empty() || segment == ".") {
            out.resize(start);
        } else if (segment == "..") {
            if (start == 1)
                return status::bad_request;
            out.resize(out.rfind('/', start - 2) + 1);
        } else if (!last) {
            out += '/';
        }
    }
    return status::ok;
}

bool is_hidden(std::string_view decoded_path) noexcept {
    constexpr std::string_view well_known = "/.well-known";
    if (decoded_path.starts_with(well_known)) {
        const std::string_view rest = decoded_path.substr(well_known.size());
        if (rest.empty() || rest.front() == '/')
            decoded_path = rest;
    }
    return decoded_path.starts_with('.') || decoded_path.find("/.") != decoded_path.npos;
}

void encode_path(std::string_view decoded, std::string& out) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    decoded.remove_prefix(std::min(decoded.find_first_not_of('/'), decoded.size()));
    out = '/';
    for (const char c : decoded) {
        if (contains(path_bytes, c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
}

} // namespace ringlet::http
