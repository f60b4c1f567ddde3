#include "server/router.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringlet {
namespace {

// A handler that can be told from others by what it returns; never run here.
handler handler_for(int) {
    return [](request&) -> awaitable<response> { co_return response{}; };
}

// The pattern that was added for the handler that `path` finds; empty if there is none.
struct routes {
    explicit routes(std::vector<std::string> patterns) : added(std::move(patterns)) {
        for (const std::string& p : added)
            all.add(p, handler_for(0));
    }
    const handler* find(std::string_view path) { return all.find(path, params); }

    std::vector<std::string> added;
    router all;
    path_params params;
};

std::string refusal(std::vector<std::string> patterns) {
    try {
        routes r(std::move(patterns));
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("a literal route matches its path and nothing else") {
    routes r({"/", "/a", "/a/b"});
    CHECK(r.find("/") != nullptr);
    CHECK(r.find("/a") != nullptr);
    CHECK(r.find("/a/b") != nullptr);
    for (const char* other : {"/b", "/A", "/a/", "/a/b/", "/a/b/c", "/ab", "/a/c"}) {
        CAPTURE(other);
        CHECK(r.find(other) == nullptr);
    }
    CHECK(router().empty());
    CHECK(!r.all.empty());
}

TEST_CASE("a name takes one whole segment that is not empty") {
    routes r({"/user/{id}/post/{post}"});
    REQUIRE(r.find("/user/7/post/x y") != nullptr);
    REQUIRE(r.params.size() == 2);
    CHECK(r.params[0].first == "id");
    CHECK(r.params[0].second == "7");
    CHECK(r.params[1].first == "post");
    CHECK(r.params[1].second == "x y");
    CHECK(r.find("/user//post/x") == nullptr);
    CHECK(r.find("/user/7/post/") == nullptr);
    CHECK(r.find("/user/7/8/post/x") == nullptr);
}

TEST_CASE("a literal segment wins over a name whatever the order") {
    std::vector<std::string> patterns = {"/{a}/{b}", "/x/{b}", "/{a}/y", "/x/y"};
    std::sort(patterns.begin(), patterns.end());
    do {
        CAPTURE(patterns);
        routes r(patterns);
        REQUIRE(r.find("/x/y") != nullptr);
        CHECK(r.params.empty());
        REQUIRE(r.find("/x/z") != nullptr);
        CHECK((r.params.size() == 1 && r.params[0].first == "b"));
        REQUIRE(r.find("/z/y") != nullptr);
        CHECK((r.params.size() == 1 && r.params[0].first == "a"));
        REQUIRE(r.find("/z/z") != nullptr);
        CHECK(r.params.size() == 2);
    } while (std::next_permutation(patterns.begin(), patterns.end()));
}

TEST_CASE("a literal that leads nowhere falls back to a name") {
    routes r({"/a/b/c", "/{x}/b/d"});
    REQUIRE(r.find("/a/b/d") != nullptr);
    CHECK(r.params.size() == 1);
}

TEST_CASE("routes that take the same paths are refused by name") {
    const std::string why = refusal({"/a/{x}", "/a/{y}"});
    CHECK(why.find("/a/{x}") != why.npos);
    CHECK(why.find("/a/{y}") != why.npos);
    CHECK(!refusal({"/a", "/a"}).empty());
    CHECK(refusal({"/a/{x}", "/{x}/a", "/a", "/a/"}).empty());
}

TEST_CASE("malformed patterns are refused by name") {
    for (const char* pattern :
         {"", "a", "{x}", "/{", "/}", "/{}", "/a{x}", "/{x}b", "/{x}{y}", "/{{x}}", "/{a}/{a}"}) {
        CAPTURE(pattern);
        const std::string why = refusal({pattern});
        CHECK(why.find(pattern) != why.npos);
        CHECK(!why.empty());
    }
}

TEST_CASE("a route needs a handler") {
    router r;
    CHECK_THROWS_AS(r.add("/", handler()), std::invalid_argument);
}

} // namespace ringlet
