#include "server/site.hpp"

#include "server/error_answer.hpp"
#include "server/nowhere.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ringlet {
namespace {

bool lies_in(std::string_view path, std::string_view prefix) noexcept {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

void wrap(endpoint& e, const scope* in) {
    e.around.clear();
    for (const middleware& m : e.own)
        e.around.push_back(&m);
    for (; in != nullptr; in = in->outer)
        for (auto m = in->wraps.rbegin(); m != in->wraps.rend(); ++m)
            e.around.insert(e.around.begin(), &*m);
}

// Files and missing pages below a prefix, whoever serves them: all groups that they lie in count.
void wrap_nowhere(scope& s, const std::deque<scope>& scopes) {
    const auto prefix_size = [](const scope* x) { return x->prefix.size(); };
    std::vector<const scope*> around; // shorter prefixes first
    for (const scope& other : scopes)
        if (lies_in(s.prefix, other.prefix))
            around.insert(std::ranges::upper_bound(around, other.prefix.size(), {}, prefix_size),
                          &other);
    s.nowhere.around.clear();
    for (const scope* outer : around)
        for (const middleware& m : outer->wraps)
            s.nowhere.around.push_back(&m);
}

} // namespace

site::site() {
    scopes.emplace_back();
}

// Handlers first, then what they may refer to, the last that was made first.
site::~site() {
    mounts.clear();
    endpoints.clear();
    scopes.clear();
    while (!owned.empty())
        owned.pop_back();
}

void site::note(const std::string& problem) {
    if (problem_.empty())
        problem_ = problem;
}

endpoint& site::add_route(const scope& in, std::string_view method, const std::string& pattern,
                          handler call) {
    endpoint& added = endpoints.emplace_back();
    added.call = std::move(call);
    added.in = &in;
    const std::string name = std::string(method) + ' ' + in.prefix + pattern;
    const http::verb verb = boost::beast::http::string_to_verb(method);
    if (!added.call)
        note("route '" + name + "' has no handler");
    else if (verb == http::verb::unknown)
        note("route '" + name + "': no such method; RFC 9110 section 9 has them, in capitals");
    else if (verb == http::verb::connect)
        note("route '" + name + "': CONNECT is for proxies");
    else
        try {
            routes.add(verb, in.prefix + pattern, added);
        } catch (const std::invalid_argument& e) {
            note(e.what());
        }
    return added;
}

void site::add_mount(const scope& in, std::string prefix, const std::string& folder,
                     files_options options) try {
    if (!prefix.starts_with('/'))
        throw std::invalid_argument("files prefix '" + prefix + "' does not begin with '/'");
    prefix = in.prefix + prefix;
    while (prefix.ends_with('/'))
        prefix.pop_back();
    for (const auto& m : mounts)
        if (m->prefix == prefix)
            throw std::invalid_argument("files prefix '" + prefix + "/' is taken already");
    const auto place = std::find_if(mounts.begin(), mounts.end(), [&](const auto& m) {
        return m->prefix.size() < prefix.size();
    });
    auto added = std::make_unique<mount>(
        mount{std::move(prefix), files::document_root(folder), std::move(options), {}});
    added->to = {answer_nowhere, &in, added.get(), {}, {}};
    mounts.insert(place, std::move(added));
} catch (const std::exception& e) {
    note(e.what());
}

scope& site::add_scope(const scope& outer, std::string prefix) {
    if (!prefix.starts_with('/') || prefix.find_first_of("{}") != prefix.npos)
        note("group prefix '" + prefix + "' must begin with '/' and be literal");
    while (prefix.ends_with('/'))
        prefix.pop_back();
    return scopes.emplace_back(scope{outer.prefix + prefix, &outer, {}, {}});
}

void site::check_middleware() {
    const auto empty = [](const middleware& m) { return !m; };
    for (const scope& s : scopes)
        if (std::ranges::any_of(s.wraps, empty))
            note("a middleware of '" + s.prefix + "/' is empty");
    for (const endpoint& e : endpoints)
        if (std::ranges::any_of(e.own, empty))
            note("a middleware of a route below '" + e.in->prefix + "/' is empty");
}

void site::finish() {
    check_middleware();
    if (!problem_.empty())
        throw std::invalid_argument(problem_);
    for (endpoint& e : endpoints)
        wrap(e, e.in);
    for (scope& s : scopes) {
        s.nowhere.call = answer_nowhere;
        s.nowhere.in = &s;
        wrap_nowhere(s, scopes);
    }
    allowed = routes.allowed_somewhere(!mounts.empty());
    if (!std::exchange(finished_, true))
        load_system_types();
}

const mount* site::find_mount(std::string_view path) const noexcept {
    for (const auto& m : mounts)
        if (lies_in(path, m->prefix))
            return m.get();
    return nullptr;
}

const scope& site::find_scope(std::string_view path) const noexcept {
    const scope* found = &scopes.front();
    for (const scope& s : scopes)
        if (s.prefix.size() > found->prefix.size() && lies_in(path, s.prefix))
            found = &s;
    return *found;
}

const endpoint& site::find_endpoint(std::string_view path, const mount* from) const noexcept {
    const endpoint& nowhere = find_scope(path).nowhere;
    return from != nullptr && nowhere.around.empty() ? from->to : nowhere;
}

// What the distribution knows about media types, if it does.
void site::load_system_types() {
    std::ifstream file("/etc/mime.types", std::ios::binary);
    if (file)
        types.load(std::string(std::istreambuf_iterator<char>(file), {}));
}

} // namespace ringlet
