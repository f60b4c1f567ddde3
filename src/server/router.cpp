#include "server/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringlet {
namespace {

// Takes the text up to the next '/' off the front of `path`, which begins with one.
std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

} // namespace

void router::add(std::string pattern, handler h) {
    if (!h)
        throw std::invalid_argument("route '" + pattern + "' has no handler");
    route added{pattern, parse(pattern), std::move(h)};
    for (const route& r : routes_)
        if (same_shape(r, added))
            throw std::invalid_argument("route '" + pattern + "' takes the same paths as '" +
                                        r.pattern + "'");
    const auto place = std::find_if(routes_.begin(), routes_.end(),
                                    [&](const route& r) { return goes_before(added, r); });
    routes_.insert(place, std::move(added));
}

std::vector<router::segment> router::parse(const std::string& pattern) {
    if (!pattern.starts_with('/'))
        throw std::invalid_argument("route '" + pattern + "' does not begin with '/'");
    std::vector<segment> segments;
    std::string_view rest = pattern;
    while (!rest.empty()) {
        std::string_view text = take_segment(rest);
        const bool is_name = text.size() > 2 && text.front() == '{' && text.back() == '}';
        if (is_name)
            text = text.substr(1, text.size() - 2);
        if (text.find_first_of("{}") != text.npos)
            throw std::invalid_argument("route '" + pattern +
                                        "': a segment is either literal or one {name}");
        for (const segment& s : segments)
            if (is_name && s.is_name && s.text == text)
                throw std::invalid_argument("route '" + pattern + "' names {" + s.text + "} twice");
        segments.push_back({std::string(text), is_name});
    }
    return segments;
}

bool router::same_shape(const route& a, const route& b) noexcept {
    return std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                      [](const segment& x, const segment& y) {
                          return x.is_name == y.is_name && (x.is_name || x.text == y.text);
                      });
}

bool router::goes_before(const route& a, const route& b) noexcept {
    const auto names = [](const segment& x, const segment& y) { return x.is_name < y.is_name; };
    return std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(),
                                        b.segments.end(), names);
}

bool router::matches(const route& r, std::string_view path, path_params& params) {
    params.clear();
    for (const segment& s : r.segments) {
        if (path.empty())
            return false;
        const std::string_view text = take_segment(path);
        if (s.is_name && !text.empty())
            params.emplace_back(s.text, text);
        else if (s.is_name || text != s.text)
            return false;
    }
    return path.empty();
}

const handler* router::find(std::string_view path, path_params& params) const {
    for (const route& r : routes_)
        if (matches(r, path, params))
            return &r.call;
    return nullptr;
}

} // namespace ringlet
