#include "server/site.hpp"

#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

// What finish() says to a site with that mount, and to one with that route.
std::string refusal(const std::string& prefix, const std::string& folder) {
    site s;
    s.add_mount(s.scopes.front(), "/a", ".", {});
    s.add_mount(s.scopes.front(), prefix, folder, {});
    try {
        s.finish();
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

awaitable<response> nothing(request&) {
    co_return response{};
}

std::string refusal_of_route(std::string_view method, const std::string& pattern,
                             const handler& h = nothing) {
    site s;
    s.add_route(s.scopes.front(), "GET", "/a/{b}", nothing);
    s.add_route(s.scopes.front(), method, pattern, h);
    try {
        s.finish();
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("the longest prefix of whole segments decides the mount") {
    const testing::temporary_folder folder;
    const std::string at = folder.path().string();
    site s;
    s.add_mount(s.scopes.front(), "/a", at, {});
    s.add_mount(s.scopes.front(), "/", at, {});
    s.add_mount(s.scopes.front(), "/a/b/", at, {});
    const auto prefix = [&s](std::string_view path) { return s.find_mount(path)->prefix; };
    CHECK(prefix("/") == "");
    CHECK(prefix("/x") == "");
    CHECK(prefix("/ab") == "");
    CHECK(prefix("/a") == "/a");
    CHECK(prefix("/a/") == "/a");
    CHECK(prefix("/a/bc") == "/a");
    CHECK(prefix("/a/b") == "/a/b");
    CHECK(prefix("/a/b/c") == "/a/b");
}

TEST_CASE("a path outside all mounts has none") {
    const testing::temporary_folder folder;
    site s;
    CHECK(s.find_mount("/") == nullptr);
    s.add_mount(s.scopes.front(), "/files", folder.path().string(), {});
    CHECK(s.find_mount("/") == nullptr);
    CHECK(s.find_mount("/filesystem") == nullptr);
    CHECK(s.find_mount("/files/x") != nullptr);
}

TEST_CASE("a mount that cannot be is refused by name") {
    CHECK(refusal("/b", ".").empty());
    CHECK(refusal("/a/", ".").find("'/a/'") != std::string::npos);
    CHECK(refusal("b", ".").find("'b'") != std::string::npos);
    CHECK(!refusal("", ".").empty());
    CHECK(refusal("/c", "./missing").find("./missing") != std::string::npos);
}

TEST_CASE("a route that cannot be is refused by name") {
    CHECK(refusal_of_route("GET", "/b").empty());
    CHECK(refusal_of_route("POST", "/a/{c}").empty());
    const std::string conflict = refusal_of_route("GET", "/a/{c}");
    CHECK(conflict.find("GET /a/{c}") != conflict.npos);
    CHECK(conflict.find("GET /a/{b}") != conflict.npos);
    CHECK(refusal_of_route("get", "/b").find("get /b") != std::string::npos);
    CHECK(refusal_of_route("CONNECT", "/b").find("CONNECT") != std::string::npos);
    CHECK(refusal_of_route("GET", "/b", handler()).find("no handler") != std::string::npos);
    CHECK(refusal_of_route("GET", "b").find("'") != std::string::npos);
}

TEST_CASE("middleware that is none is told before it is called") {
    server on_app, on_group, on_route;
    on_app.use(middleware());
    on_group.group("/here").use(middleware());
    on_route.get("/here/x", [](request&) -> awaitable<response> { co_return text(""); })
        .use(middleware());
    CHECK_THROWS_WITH(test::client(on_app), "a middleware of '/' is empty");
    CHECK_THROWS_WITH(test::client(on_group), "a middleware of '/here/' is empty");
    CHECK_THROWS_WITH(test::client(on_route), "a middleware of a route below '/' is empty");
}

TEST_CASE("the first thing that is wrong with a site is told") {
    site s;
    s.add_mount(s.scopes.front(), "first", ".", {});
    s.add_mount(s.scopes.front(), "second", ".", {});
    try {
        s.finish();
        FAIL("it was accepted");
    } catch (const std::invalid_argument& e) {
        CHECK(std::string(e.what()).find("first") != std::string::npos);
    }
}

TEST_CASE("routes lead to their endpoints however many follow") {
    site s;
    for (int i = 0; i < 100; ++i)
        s.add_route(s.scopes.front(), "GET", "/" + std::to_string(i), nothing);
    path_params params;
    REQUIRE(s.endpoints.size() == 100);
    CHECK(s.routes.find(http::verb::get, "/7", params).what == &s.endpoints[7]);
    CHECK(s.endpoints[7].call != nullptr);
}

TEST_CASE("middleware is ordered from the outermost group to the route") {
    site s;
    const auto tagged = [](const char*) {
        return [](request& req, next_handler next) { return next(req); };
    };
    scope& everything = s.scopes.front();
    scope& outer = s.add_scope(everything, "/outer");
    scope& inner = s.add_scope(outer, "/inner/");
    endpoint& route = s.add_route(inner, "GET", "/x", nothing);
    route.own.push_back(tagged("route"));
    inner.wraps.push_back(tagged("inner"));
    outer.wraps.push_back(tagged("outer, first"));
    outer.wraps.push_back(tagged("outer, second"));
    everything.wraps.push_back(tagged("everything"));
    s.finish();
    const std::vector<const middleware*> expected{&everything.wraps[0], &outer.wraps[0],
                                                  &outer.wraps[1], &inner.wraps[0], &route.own[0]};
    CHECK(route.around == expected);
    CHECK(inner.nowhere.around ==
          std::vector<const middleware*>(expected.begin(), expected.end() - 1));
    scope& same = s.add_scope(everything, "/outer");
    same.wraps.push_back(tagged("outer, of another call"));
    s.finish();
    CHECK(route.around == expected); // is of its own group alone
    CHECK(inner.nowhere.around == std::vector<const middleware*>{expected[0], expected[1],
                                                                 expected[2], &same.wraps[0],
                                                                 expected[3]});
    CHECK(same.nowhere.around == outer.nowhere.around);
    CHECK(&s.find_scope("/outer/inner/y") == &inner);
    CHECK(&s.find_scope("/outer/innermost") == &outer);
    CHECK(&s.find_scope("/") == &everything);
}

} // namespace ringlet
