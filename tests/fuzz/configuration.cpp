// What an operator or a program writes: addresses, media types and route patterns. It is taken as
// it is meant, or refused in the one way that is promised.
#include "fuzz/fuzz.hpp"
#include "http/head_writer.hpp"
#include "http/mime.hpp"
#include "http/syntax.hpp"
#include "http/target.hpp"
#include "ringlet/limits.hpp"
#include "server/endpoint.hpp"
#include "server/listen.hpp"
#include "server/router.hpp"

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringlet::fuzz {
namespace {

// Takes a line from the front of `text`.
std::string_view take_line(std::string_view& text) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
}

// --- addresses ---

void check_endpoint(std::string_view written) {
    socket_address at;
    try {
        at = parse_endpoint(written);
    } catch (const std::invalid_argument&) {
        return;
    }
    require(written.find_first_not_of("0123456789abcdefABCDEF.:[]") == written.npos);
    const socket_address again = parse_endpoint(at.text());
    require(again.length == at.length);
    require(std::memcmp(&again.address, &at.address, at.length) == 0);
    require(again.text() == at.text());
}

// --- media types ---

void check_type(std::string_view type) {
    const auto slash = type.find('/');
    require(slash != type.npos && http::is_token(type.substr(0, slash)));
    require(http::is_safe_field_value(type));
    require(!http::iequals(type.substr(0, 5), "text/") || type.ends_with("; charset=utf-8"));
}

// Every word may be a suffix. The first file, then the second, give the same as both in one.
void check_media_types(std::string_view text) {
    const std::size_t middle = std::min(text.find('\n', text.size() / 2), text.size());
    http::mime_types whole, parts;
    whole.load(exact_copy(text).view());
    parts.load(text.substr(0, middle));
    const std::string page(parts.content_type("/a.html")), json(parts.content_type("a.JSON"));
    require(page == "text/html; charset=utf-8");
    parts.load(text.substr(std::min(text.size(), middle + 1)));
    require(parts.content_type("/a.html") == page);
    require(whole.content_type("no-suffix") == "application/octet-stream");
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
        const std::string name = "/folder.d/file." + std::string(text.substr(0, end));
        const std::string_view type = whole.content_type(name);
        check_type(type);
        require(parts.content_type(name) == type);
        text.remove_prefix(std::min(text.size(), end + 1));
    }
}

// --- patterns ---

// A path that `pattern` takes, and what its params are then.
std::string path_of(std::string_view pattern, std::vector<std::string>& values) {
    std::string path;
    while (!pattern.empty()) {
        pattern.remove_prefix(1);
        const std::string_view segment = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(segment.size());
        path += '/';
        if (!segment.starts_with('{')) {
            path += segment;
            continue;
        }
        values.push_back(segment.ends_with("...}") ? "r/{s}/" : "{" + std::to_string(path.size()));
        path += values.back();
    }
    return path;
}

bool add(router& to, const std::string& pattern, const endpoint& what) {
    try {
        to.add(http::verb::get, pattern, what);
        return true;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

void check_alone(const std::string& pattern) {
    const endpoint here;
    router alone;
    if (!add(alone, pattern, here))
        return;
    std::vector<std::string> values;
    const std::string path = path_of(pattern, values);
    path_params params;
    require(alone.find(http::verb::head, path, params).what == &here);
    require(params.size() == values.size() && params.size() <= limits::route_segments);
    for (std::size_t i = 0; i < values.size(); ++i)
        require(params[i].second == values[i] && pattern.find(params[i].first) != pattern.npos);
    const auto other = alone.find(http::verb::post, path, params);
    require(other.what == nullptr && other.path_known && other.other == &here && params.empty());
    require(!add(alone, pattern, here));
    // A request can have that path.
    std::string encoded, decoded;
    http::encode_path(path, encoded);
    require(http::decode_path(encoded, decoded) == http::status::ok && decoded == path);
}

void check_patterns(std::string_view text) {
    const endpoint here;
    router all;
    std::vector<std::string> paths, values;
    while (!text.empty()) {
        const std::string pattern(take_line(text));
        check_alone(pattern);
        if (add(all, pattern, here))
            paths.push_back(path_of(pattern, values));
    }
    for (const std::string& path : paths) {
        path_params params;
        require(all.find(http::verb::get, path, params).what == &here);
        require(all.allowed(path) == "GET, HEAD, OPTIONS");
    }
}

} // namespace

void run(std::string_view input) {
    switch (take_byte(input) % 3) {
    case 0:
        check_endpoint(exact_copy(input).view());
        break;
    case 1:
        check_media_types(input);
        break;
    default:
        check_patterns(input);
    }
}

} // namespace ringlet::fuzz
