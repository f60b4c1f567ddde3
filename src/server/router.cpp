#include "server/router.hpp"

#include "ringlet/limits.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <stdexcept>

namespace ringlet {
namespace {

using http::verb;

// Takes the text up to the next '/' off the front of `path`, which begins with one.
std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

constexpr std::uint64_t bit(verb v) noexcept {
    return std::uint64_t{1} << static_cast<int>(v);
}
static_assert(static_cast<int>(verb::unlink) < 64);

std::string_view name_of(verb method) {
    const auto name = to_string(method);
    return {name.data(), name.size()};
}

// The value of Allow. Whatever can be read has a HEAD, and OPTIONS is answered everywhere.
std::string list_of(std::uint64_t methods) {
    methods |= bit(verb::options);
    if ((methods & bit(verb::get)) != 0)
        methods |= bit(verb::head);
    std::string value;
    for (int v = 0; v < 64; ++v) {
        if ((methods >> v & 1) == 0)
            continue;
        value += value.empty() ? "" : ", ";
        value += name_of(static_cast<verb>(v));
    }
    return value;
}

// --- patterns ---

// A segment of a pattern. `text` is the literal, or the name.
struct segment {
    enum class kind : std::uint8_t { literal, name, rest };

    explicit segment(std::string_view written) noexcept : text(written) {
        if (!text.starts_with('{') || !text.ends_with('}'))
            return;
        is = kind::name;
        text = text.substr(1, text.size() - 2);
        if (!text.ends_with("..."))
            return;
        is = kind::rest;
        text.remove_suffix(3);
    }

    kind is = kind::literal;
    std::string_view text;
};

bool is_well_formed(const segment& s) noexcept {
    static constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyz"
                                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (s.is == segment::kind::literal)
        return s.text.find_first_of("{}") == s.text.npos;
    return !s.text.empty() && s.text.find_first_not_of(of_names) == s.text.npos;
}

// Whether a path can have it: http::decode_path() leaves no dot segments, an empty one only at the
// end, and no NUL.
bool is_possible(const segment& s, bool last) noexcept {
    return s.is != segment::kind::literal ||
           (s.text != "." && s.text != ".." && (last || !s.text.empty()) &&
            s.text.find('\0') == s.text.npos);
}

std::string quoted(verb method, const std::string& pattern) {
    return '\'' + std::string(name_of(method)) + ' ' + pattern + '\'';
}

[[noreturn]] void refuse(const std::string& route, const std::string& why) {
    throw std::invalid_argument("route " + route + ' ' + why);
}

// The names in a pattern, which is refused if it is malformed. `route` is for the message.
std::vector<std::string> read_names(const std::string& route, std::string_view pattern) {
    if (!pattern.starts_with('/'))
        refuse(route, "does not begin with '/'");
    std::vector<std::string> names;
    for (std::size_t count = 1; !pattern.empty(); ++count) {
        const segment s(take_segment(pattern));
        const std::string text(s.text);
        if (count > limits::route_segments)
            refuse(route, "has more than " + std::to_string(limits::route_segments) + " segments");
        if (!is_well_formed(s))
            refuse(route, "has a segment that is neither literal nor one {name} or {name...} of "
                          "letters, digits, '_' and '-'");
        if (!is_possible(s, pattern.empty()))
            refuse(route, "has a segment '" + text + "', which no path has there");
        if (s.is == segment::kind::rest && !pattern.empty())
            refuse(route, "goes on after {" + text + "...}");
        if (s.is == segment::kind::literal)
            continue;
        if (std::ranges::find(names, text) != names.end())
            refuse(route, "names {" + text + "} twice");
        names.push_back(text);
    }
    return names;
}

} // namespace

void router::add(verb method, std::string pattern, const endpoint& what) {
    const std::string title = quoted(method, pattern);
    if (method == verb::unknown)
        refuse(title, "has no method");
    std::vector<std::string> names = read_names(title, pattern);
    leaf& all = leaf_of(pattern);
    const auto place = std::ranges::lower_bound(all, method, {}, &route::method);
    if (place != all.end() && place->method == method)
        refuse(title, "takes the same requests as " + quoted(method, place->pattern));
    all.insert(place, route{method, std::move(pattern), std::move(names), &what});
    methods_ |= bit(method);
}

// Where a sound pattern ends. Makes the way to it.
router::leaf& router::leaf_of(std::string_view pattern) {
    node* at = &root_;
    while (!pattern.empty()) {
        const segment s(take_segment(pattern));
        if (s.is == segment::kind::rest)
            return at->rest;
        std::unique_ptr<node>& next =
            s.is == segment::kind::name ? at->name : at->literals[std::string(s.text)];
        if (next == nullptr)
            next = std::make_unique<node>();
        at = next.get();
    }
    return at->here;
}

// --- requests ---

// One walk down the tree, in the order of precedence, turning back where nothing follows. Each node
// is reached in one way, and is so visited at most once: whatever the path, a request costs no more
// steps than there are segments in all patterns together, and calls go as deep as the longest one.
struct router::search {
    verb method;
    path_params& params;
    const route* other = nullptr; // the first that takes the path with another method
    std::uint64_t methods = 0;    // of all those, as bits

    const route* walk(const node& at, std::string_view path, std::size_t names);
    const route* end_in(const leaf& found);
};

// `path` is what is left of it behind `at`, and `names` counts those passed. Values are put into
// params on the way back, so that wrong turns leave no trace.
const router::route* router::search::walk(const node& at, std::string_view path,
                                          std::size_t names) {
    if (path.empty())
        return end_in(at.here);
    std::string_view left = path;
    const std::string_view text = take_segment(left);
    if (const auto child = at.literals.find(text); child != at.literals.end())
        if (const route* r = walk(*child->second, left, names))
            return r;
    if (at.name != nullptr && !text.empty())
        if (const route* r = walk(*at.name, left, names + 1)) {
            params[names].second = text;
            return r;
        }
    if (const route* r = end_in(at.rest)) {
        params[names].second = path.substr(1);
        return r;
    }
    return nullptr;
}

const router::route* router::search::end_in(const leaf& found) {
    const route* best = nullptr;
    for (const route& r : found) {
        if (r.method == method || (r.method == verb::get && method == verb::head))
            best = &r; // HEAD comes after GET, and so wins
        methods |= bit(r.method);
    }
    if (best == nullptr && other == nullptr && !found.empty())
        other = &found.front();
    if (best == nullptr)
        return nullptr;
    params.reserve(best->names.size());
    for (const std::string& name : best->names)
        params.emplace_back(name, std::string_view());
    return best;
}

router::match router::find(verb method, std::string_view path, path_params& params) const {
    assert(path.starts_with('/'));
    params.clear();
    search s{method, params};
    if (const route* r = s.walk(root_, path, 0))
        return {r->what};
    if (s.other != nullptr)
        return {nullptr, true, s.other->what};
    return {};
}

std::string router::allowed(std::string_view path) const {
    path_params none;
    search s{verb::unknown, none}; // which no route has, so that all are seen
    s.walk(root_, path, 0);
    return s.methods == 0 ? std::string() : list_of(s.methods);
}

std::string router::allowed_somewhere(bool files) const {
    return list_of(methods_ | (files ? bit(verb::get) : 0));
}

} // namespace ringlet
