// The router against a matcher that is too simple to be wrong.
#include "server/router.hpp"

#include "support/routes.hpp"

#include <array>
#include <optional>
#include <random>
#include <stdexcept>

namespace ringlet {
namespace {

using testing::line;
using testing::route_set;

std::vector<std::string> split(std::string_view path) {
    std::vector<std::string> segments;
    for (const char c : path)
        if (c == '/')
            segments.emplace_back();
        else
            segments.back() += c;
    return segments;
}

// What a pattern makes of a path: the kinds of its segments, smaller ones first in precedence, and
// its params as `route_set` prints them.
struct reading {
    std::string kinds;
    std::string params;
};

std::optional<reading> read(const std::string& pattern, const std::string& path) {
    const std::vector<std::string> wanted = split(pattern), given = split(path);
    reading r;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (i >= given.size())
            return {};
        const std::string& w = wanted[i];
        if (w.ends_with("...}")) {
            std::string rest = given[i];
            for (std::size_t j = i + 1; j < given.size(); ++j)
                rest += "/" + given[j];
            r.kinds += '3';
            r.params += " " + w.substr(1, w.size() - 5) + "=" + rest;
            return r;
        }
        const bool name = w.starts_with('{');
        if (name ? given[i].empty() : w != given[i])
            return {};
        r.kinds += name ? '2' : '1';
        if (name)
            r.params += " " + w.substr(1, w.size() - 2) + "=" + given[i];
    }
    if (given.size() > wanted.size())
        return {};
    return r;
}

// What `route_set` has to answer to `request`.
std::string reference(const std::vector<std::string>& lines, const line& request) {
    std::string best, best_rank, allow;
    std::vector<bool> taken(64);
    for (const std::string& text : lines) {
        const line l(text);
        const auto r = read(l.path, request.path);
        if (!r)
            continue;
        taken[static_cast<std::size_t>(l.method)] = true;
        const bool own = l.method == request.method;
        const bool head = request.method == http::verb::head && l.method == http::verb::get;
        const std::string rank = r->kinds + (own ? '1' : '2');
        if ((own || head) && (best.empty() || rank < best_rank)) {
            best = text + r->params;
            best_rank = rank;
        }
    }
    if (!best.empty())
        return best;
    if (std::ranges::find(taken, true) == taken.end())
        return "404";
    taken[static_cast<std::size_t>(http::verb::options)] = true;
    if (taken[static_cast<std::size_t>(http::verb::get)])
        taken[static_cast<std::size_t>(http::verb::head)] = true;
    for (std::size_t v = 0; v < taken.size(); ++v)
        if (taken[v])
            allow +=
                (allow.empty() ? "" : ", ") + std::string(to_string(static_cast<http::verb>(v)));
    return "405 " + allow;
}

struct generator {
    std::mt19937 engine;

    std::size_t below(std::size_t n) { return engine() % n; }
    std::string method() { return std::array{"GET", "HEAD", "POST", "PUT", "DELETE"}[below(5)]; }

    std::string pattern() {
        std::string p;
        for (std::size_t i = 0, n = 1 + below(5); i < n; ++i) {
            const std::size_t what = below(8);
            if (i + 1 == n && what == 0)
                return p + "/{rest...}";
            if (i + 1 == n && what == 1)
                return p + "/";
            p += what < 5 ? std::string("/") + "ab"[below(2)]
                          : "/{" + std::string(1, "xyz"[below(3)]) + std::to_string(i) + "}";
        }
        return p;
    }

    std::string path() {
        std::string p;
        for (std::size_t i = 0, n = 1 + below(6); i < n; ++i)
            p += std::array{"/a", "/b", "/a", "/b", "/c", "/"}[below(i + 1 == n ? 6 : 5)];
        return p;
    }
};

} // namespace

TEST_CASE("generated routes answer as a search through all of them does") {
    generator make{std::mt19937(20261121)};
    std::size_t found = 0, refused = 0, unknown = 0;
    for (int round = 0; round < 40; ++round) {
        route_set r;
        for (std::size_t i = 0, n = 5 + make.below(80); i < n; ++i) {
            const std::string text = make.method() + " " + make.pattern();
            try {
                r.add(text);
            } catch (const std::invalid_argument&) { // there is such a route already
            }
        }
        for (int i = 0; i < 200; ++i) {
            const std::string request = make.method() + " " + make.path();
            const std::string outcome = reference(r.added, line(request));
            if (r(request) != outcome) {
                CAPTURE(r.added, request);
                CHECK(r(request) == outcome);
            }
            ++(outcome == "404" ? unknown : outcome.starts_with("405") ? refused : found);
            if (const router::match m = r.find(request); m.path_known)
                CHECK(read(line(r.route_of(m.other)).path, r.asked));
        }
    }
    CHECK(found > 1000);
    CHECK(refused > 1000);
    CHECK(unknown > 500);
}

} // namespace ringlet
