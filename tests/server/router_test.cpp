#include "server/router.hpp"

#include "ringlet/limits.hpp"
#include "ringlet/server_limits.hpp"
#include "support/routes.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringlet {
namespace {

using testing::route_set;

static_assert(sizeof(path_params) <= 120);

std::string refusal(const std::vector<std::string>& lines) {
    try {
        route_set r(lines);
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

std::string times(std::size_t n, const std::string& text) {
    std::string all;
    while (n-- > 0)
        all += text;
    return all;
}

} // namespace

// --- patterns ---

TEST_CASE("a literal route takes its path and nothing else") {
    route_set r({"GET /", "GET /a", "GET /a/b"});
    CHECK(r("GET /") == "GET /");
    CHECK(r("GET /a") == "GET /a");
    CHECK(r("GET /a/b") == "GET /a/b");
    for (const char* other : {"/b", "/A", "/a/", "/a/b/", "/a/b/c", "/ab", "/a/c", "//", "//a"}) {
        CAPTURE(other);
        CHECK(r(std::string("GET ") + other) == "404");
    }
}

TEST_CASE("a router is empty until a route is added") {
    route_set r;
    CHECK(r.all.empty());
    CHECK(r("GET /") == "404");
    CHECK_THROWS_AS(r.add("GET a"), std::invalid_argument);
    CHECK(r.all.empty());
    r.add("GET /a");
    CHECK(!r.all.empty());
}

TEST_CASE("a name takes one whole segment that is not empty") {
    route_set r({"GET /user/{id}/post/{post}"});
    CHECK(r("GET /user/7/post/x y") == "GET /user/{id}/post/{post} id=7 post=x y");
    CHECK(r("GET /user/{id}/post/x") == "GET /user/{id}/post/{post} id={id} post=x");
    CHECK(r("GET /user//post/x") == "404");
    CHECK(r("GET /user/7/post/") == "404");
    CHECK(r("GET /user/7/post") == "404");
    CHECK(r("GET /user/7/8/post/x") == "404");
    CHECK(r("GET /user/7/post/x/") == "404");
}

TEST_CASE("a rest takes what remains with its slashes and may be empty") {
    route_set r({"GET /files/{rest...}", "GET /{user}/all/{what...}"});
    CHECK(r("GET /files/") == "GET /files/{rest...} rest=");
    CHECK(r("GET /files/a") == "GET /files/{rest...} rest=a");
    CHECK(r("GET /files/a/b") == "GET /files/{rest...} rest=a/b");
    CHECK(r("GET /files/a/b/") == "GET /files/{rest...} rest=a/b/");
    CHECK(r("GET /files//a") == "GET /files/{rest...} rest=/a");
    CHECK(r("GET /files") == "404");
    CHECK(r("GET /filesystem") == "404");
    CHECK(r("GET /ann/all/x/y") == "GET /{user}/all/{what...} user=ann what=x/y");
    CHECK(r("GET /ann/all/") == "GET /{user}/all/{what...} user=ann what=");
    CHECK(route_set({"GET /{rest...}"})("GET /") == "GET /{rest...} rest=");
    CHECK(route_set({"GET /{rest...}"})("GET /a/b") == "GET /{rest...} rest=a/b");
}

TEST_CASE("a final slash counts") {
    route_set r({"GET /a", "GET /a/", "GET /{x}", "GET /{x}/"});
    CHECK(r("GET /a") == "GET /a");
    CHECK(r("GET /a/") == "GET /a/");
    CHECK(r("GET /b") == "GET /{x} x=b");
    CHECK(r("GET /b/") == "GET /{x}/ x=b");
    CHECK(r("GET /") == "404");
}

TEST_CASE("names are of letters, digits, underscores and hyphens") {
    route_set r({"GET /{aZ09_-}/{-...}"});
    CHECK(r("GET /x/y") == "GET /{aZ09_-}/{-...} aZ09_-=x -=y");
}

TEST_CASE("malformed patterns are refused by name in one line") {
    for (const char* pattern : {"",
                                "a",
                                "{x}",
                                "/{",
                                "/}",
                                "/{}",
                                "/a{x}",
                                "/{x}b",
                                "/{x}{y}",
                                "/{{x}}",
                                "/{a b}",
                                "/{a.}",
                                "/{\xc3\xa4}",
                                "/{...}",
                                "/{a..}",
                                "/{a....}",
                                "/{a...}/",
                                "/{a...}/b",
                                "/a{b...}",
                                "/{a}/{a}",
                                "/{a}/{a...}",
                                "/a//b",
                                "//",
                                "/./a",
                                "/a/..",
                                "/{a}/b/{c}/{a}"}) {
        CAPTURE(pattern);
        const std::string why = refusal({std::string("POST ") + pattern});
        CHECK(why.starts_with(std::string("route 'POST ") + pattern + "' "));
        CHECK(why.find('\n') == why.npos);
    }
    CHECK(refusal({"GET /...", "GET /a/.b", "GET /a/..b/", "GET /%7B", "GET /a b"}).empty());
}

TEST_CASE("the segments of a pattern are limited") {
    const std::size_t most = limits::route_segments;
    CHECK(refusal({"GET " + times(most, "/a")}).empty());
    CHECK(refusal({"GET " + times(most - 1, "/a") + "/"}).empty());
    const std::string why = refusal({"GET " + times(most, "/a") + "/"});
    CHECK(why.find("more than " + std::to_string(most) + " segments") != why.npos);

    std::string pattern, path, params;
    for (std::size_t i = 0; i < most; ++i) {
        pattern += "/{n" + std::to_string(i) + "}";
        path += "/v" + std::to_string(i);
        params += " n" + std::to_string(i) + "=v" + std::to_string(i);
    }
    route_set r({"GET " + pattern});
    CHECK(r("GET " + path) == "GET " + pattern + params);
    CHECK(r("GET " + path + "/") == "404");
}

TEST_CASE("routes that take the same requests are refused with both names") {
    CHECK(refusal({"GET /users/{id}", "GET /users/{name}"}) ==
          "route 'GET /users/{name}' takes the same requests as 'GET /users/{id}'");
    CHECK(refusal({"POST /a", "GET /a", "POST /a"}) ==
          "route 'POST /a' takes the same requests as 'POST /a'");
    CHECK(refusal({"GET /{a}/{b...}", "GET /{b}/{a...}"}) ==
          "route 'GET /{b}/{a...}' takes the same requests as 'GET /{a}/{b...}'");
    CHECK(refusal({"GET /a/{x}", "POST /a/{y}", "HEAD /a/{z}", "GET /{x}/a", "GET /a", "GET /a/",
                   "GET /a/{x...}", "GET /{x}/{y}", "GET /{x}/"})
              .empty());
}

TEST_CASE("a pattern with a NUL is refused, for no path has one") {
    CHECK_FALSE(refusal({std::string("GET /a\0b", 8)}).empty());
}

TEST_CASE("a refused route leaves the others as they were") {
    route_set r({"GET /users/{id}"});
    CHECK_THROWS_AS(r.add("GET /users/{name}"), std::invalid_argument);
    CHECK_THROWS_AS(r.add("POST /users/{name}/{name}"), std::invalid_argument);
    CHECK(r("GET /users/7") == "GET /users/{id} id=7");
    CHECK(r("POST /users/7/8") == "404");
}

// --- precedence ---

TEST_CASE("a literal goes before a name and a name before a rest") {
    route_set r({"GET /{x...}", "GET /{x}", "GET /a", "GET /", "GET /a/{x...}", "GET /a/{x}/c"});
    CHECK(r("GET /a") == "GET /a");
    CHECK(r("GET /b") == "GET /{x} x=b");
    CHECK(r("GET /") == "GET /");
    CHECK(r("GET /b/c") == "GET /{x...} x=b/c");
    CHECK(r("GET /a/b/c") == "GET /a/{x}/c x=b");
    CHECK(r("GET /a/b") == "GET /a/{x...} x=b");
}

TEST_CASE("the first segment that differs decides") {
    route_set r({"GET /{x}/b/c", "GET /a/{y}/{z}"});
    CHECK(r("GET /a/b/c") == "GET /a/{y}/{z} y=b z=c");
}

TEST_CASE("what leads nowhere falls back to the next best") {
    route_set r({"GET /a/b/c", "GET /{x}/b/d", "GET /{x}/{y}/e", "GET /{rest...}"});
    CHECK(r("GET /a/b/c") == "GET /a/b/c");
    CHECK(r("GET /a/b/d") == "GET /{x}/b/d x=a");
    CHECK(r("GET /a/b/e") == "GET /{x}/{y}/e x=a y=b");
    CHECK(r("GET /a/b/f") == "GET /{rest...} rest=a/b/f");
    CHECK(r("GET /a/b") == "GET /{rest...} rest=a/b");
}

TEST_CASE("the order of adding changes nothing") {
    std::vector<std::string> lines = {"GET /{a}/{b}",  "POST /x/{c}",   "GET /{d}/y",
                                      "GET /x/{e...}", "HEAD /{f}/{g}", "DELETE /{h...}"};
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"GET /x/y", "GET /x/{e...} e=y"},
        {"HEAD /x/y", "GET /x/{e...} e=y"},
        {"POST /x/y", "POST /x/{c} c=y"},
        {"DELETE /x/y", "DELETE /{h...} h=x/y"},
        {"PUT /x/y", "405 DELETE, GET, HEAD, POST, OPTIONS"},
        {"GET /z/y", "GET /{d}/y d=z"},
        {"HEAD /z/y", "GET /{d}/y d=z"},
        {"POST /z/y", "405 DELETE, GET, HEAD, OPTIONS"},
        {"GET /z/z", "GET /{a}/{b} a=z b=z"},
        {"HEAD /z/z", "HEAD /{f}/{g} f=z g=z"},
        {"GET /x/", "GET /x/{e...} e="},
        {"GET /z", "405 DELETE, OPTIONS"},
    };
    std::sort(lines.begin(), lines.end());
    do {
        route_set r(lines);
        for (const auto& [request, outcome] : expected)
            if (r(request) != outcome) {
                CAPTURE(lines, request);
                CHECK(r(request) == outcome);
            }
        CHECK(r.route_of(r.find("PUT /x/y").other) == "POST /x/{c}");
    } while (std::next_permutation(lines.begin(), lines.end()));
}

// --- methods ---

TEST_CASE("the method is part of the request that a route takes") {
    route_set r({"GET /users/{id}", "POST /users/new"});
    CHECK(r("GET /users/new") == "GET /users/{id} id=new");
    CHECK(r("POST /users/new") == "POST /users/new");
    CHECK(r("POST /users/7") == "405 GET, HEAD, OPTIONS");
    CHECK(r("PUT /users/new") == "405 GET, HEAD, POST, OPTIONS");
    CHECK(r("GET /users/") == "404");
}

TEST_CASE("a path that is known with other methods only leads to one of them") {
    route_set r({"PUT /a", "POST /a", "GET /b"});
    const router::match m = r.find("DELETE /a");
    CHECK(m.what == nullptr);
    CHECK(m.path_known);
    CHECK((r.route_of(m.other) == "PUT /a" || r.route_of(m.other) == "POST /a"));
    const router::match none = r.find("DELETE /c");
    CHECK(none.what == nullptr);
    CHECK(!none.path_known);
    CHECK(none.other == nullptr);
}

TEST_CASE("HEAD belongs to the HEAD route of the pattern, else to its GET") {
    route_set r({"GET /a", "HEAD /a", "GET /b", "POST /c"});
    CHECK(r("HEAD /a") == "HEAD /a");
    CHECK(r("GET /a") == "GET /a");
    CHECK(r("HEAD /b") == "GET /b");
    CHECK(r("HEAD /c") == "405 POST, OPTIONS");
}

TEST_CASE("HEAD has the precedence that GET has") {
    route_set r({"HEAD /{x}", "GET /a", "HEAD /b", "GET /{x}", "POST /c"});
    CHECK(r("HEAD /a") == "GET /a");
    CHECK(r("HEAD /b") == "HEAD /b");
    CHECK(r("GET /b") == "GET /{x} x=b");
    CHECK(r("HEAD /c") == "HEAD /{x} x=c");
    CHECK(route_set({"HEAD /a"})("GET /a") == "405 HEAD, OPTIONS");
}

TEST_CASE("Allow has the methods of all routes that take the path in a fixed order") {
    route_set r({"POST /a", "GET /a", "PATCH /{x}", "GET /{x}", "DELETE /{x...}", "OPTIONS /b/",
                 "PUT /b/c"});
    CHECK(r.all.allowed("/a") == "DELETE, GET, HEAD, POST, OPTIONS, PATCH");
    CHECK(r.all.allowed("/b") == "DELETE, GET, HEAD, OPTIONS, PATCH");
    CHECK(r.all.allowed("/b/") == "DELETE, OPTIONS");
    CHECK(r.all.allowed("/b/c") == "DELETE, PUT, OPTIONS");
    CHECK(route_set({"POST /a", "GET /a"}).all.allowed("/a") == "GET, HEAD, POST, OPTIONS");
    CHECK(route_set({"GET /a"}).all.allowed("/a") == "GET, HEAD, OPTIONS");
    CHECK(route_set({"GET /a", "HEAD /a"}).all.allowed("/a") == "GET, HEAD, OPTIONS");
    CHECK(route_set({"HEAD /a"}).all.allowed("/a") == "HEAD, OPTIONS");
    CHECK(route_set({"GET /a"}).all.allowed("/b").empty());
}

TEST_CASE("every method can have a route but an unknown one") {
    CHECK(refusal({"BREW /pot"}) == "route '<unknown> /pot' has no method");
    route_set r({"GET /pot"});
    CHECK(r("BREW /pot") == "405 GET, HEAD, OPTIONS");
    CHECK(r("BREW /cup") == "404");
    for (int v = 1; v <= static_cast<int>(http::verb::unlink); ++v) {
        const std::string method(to_string(static_cast<http::verb>(v)));
        route_set only({method + " /a"});
        CHECK(only(method + " /a") == method + " /a");
        const std::string allowed = only.all.allowed("/a");
        CHECK(allowed.find(method) != allowed.npos);
        CHECK(allowed.find("OPTIONS") != allowed.npos);
    }
}

// --- params ---

TEST_CASE("each route has its own names for the same segments") {
    route_set r({"GET /{a}/{b}/x", "GET /{c}/{d}/y", "POST /{e}/{f}/x", "GET /{g}/{h...}"});
    CHECK(r("GET /1/2/x") == "GET /{a}/{b}/x a=1 b=2");
    CHECK(r("GET /1/2/y") == "GET /{c}/{d}/y c=1 d=2");
    CHECK(r("POST /1/2/x") == "POST /{e}/{f}/x e=1 f=2");
    CHECK(r("GET /1/2/z") == "GET /{g}/{h...} g=1 h=2/z");
}

TEST_CASE("params are those of the last find") {
    route_set r({"GET /{a}/{b}/{c}", "GET /{d}", "GET /x"});
    CHECK(r("GET /1/2/3") == "GET /{a}/{b}/{c} a=1 b=2 c=3");
    CHECK(r("GET /1") == "GET /{d} d=1");
    CHECK(r("GET /x") == "GET /x");
    CHECK(r("GET /1/2/3") == "GET /{a}/{b}/{c} a=1 b=2 c=3");
    r.find("GET /1/2");
    CHECK(r.params.empty());
}

TEST_CASE("two params stay in place whatever was tried before them") {
    route_set r({"GET /{a}/{b}/{c}/{d}/e", "GET /{a}/{b...}"});
    const std::size_t in_place = r.params.capacity();
    CHECK(in_place >= 2);
    CHECK(r("GET /1/2/3/4/5") == "GET /{a}/{b...} a=1 b=2/3/4/5");
    CHECK(r("GET /1") == "404");
    CHECK(r.params.capacity() == in_place);
}

// --- size ---

TEST_CASE("each of a thousand routes is found") {
    std::vector<std::string> lines;
    for (int i = 0; i < 1000; ++i)
        lines.push_back("GET /v1/thing" + std::to_string(i * 7919 % 1000) + "/{id}");
    route_set r(lines);
    for (const std::string& l : lines) {
        const std::string request = l.substr(0, l.find('{')) + "x";
        if (r(request) != l + " id=x")
            CHECK(r(request) == l + " id=x");
    }
    CHECK(r("GET /v1/thing1000/x") == "404");
}

// A walk that tried every way to read a path, and not only those that there are routes for, would
// take 2^32 steps.
TEST_CASE("a search with turns at every level comes to its end") {
    const std::size_t most = limits::route_segments;
    std::vector<std::string> lines;
    for (std::size_t turn = 0; turn < most; ++turn) { // literal but at one level
        std::string pattern = "GET ";
        for (std::size_t i = 0; i < most - 1; ++i)
            pattern += i == turn ? "/{x}" : "/a";
        lines.push_back(pattern + "/end");
    }
    std::string names = "GET ";
    for (std::size_t i = 0; i < most; ++i)
        names += "/{n" + std::to_string(i) + "}";
    lines.push_back(names);
    route_set r(lines);
    CHECK(r("GET " + times(most - 1, "/a") + "/end") == lines[most - 1]);
    CHECK(r("GET " + times(most - 1, "/a") + "/") == "404");
    CHECK(r("GET " + times(most - 2, "/a") + "/b/end") == lines[most - 2] + " x=b");
    CHECK(r("GET " + times(server_limits().target_bytes / 2, "/a")) == "404");
    CHECK(r("POST " + times(most, "/a")) == "405 GET, HEAD, OPTIONS");
}

TEST_CASE("a path of very many segments fits a rest") {
    route_set r({"GET /{x}/{rest...}"});
    const std::string path = times(server_limits().target_bytes / 2 - 1, "a/");
    CHECK(r("GET /x/" + path) == "GET /{x}/{rest...} x=x rest=" + path);
}

} // namespace ringlet
