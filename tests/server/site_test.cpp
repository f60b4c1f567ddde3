#include "server/site.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

std::string refusal(site& s, const std::string& prefix, const std::string& folder) {
    try {
        s.add_mount(prefix, folder, {});
    } catch (const std::exception& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("the longest prefix of whole segments decides the mount") {
    const testing::temporary_folder folder;
    const std::string at = folder.path().string();
    site s;
    s.add_mount("/a", at, {});
    s.add_mount("/", at, {});
    s.add_mount("/a/b/", at, {});
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
    s.add_mount("/files", folder.path().string(), {});
    CHECK(s.find_mount("/") == nullptr);
    CHECK(s.find_mount("/filesystem") == nullptr);
    CHECK(s.find_mount("/files/x") != nullptr);
}

TEST_CASE("a mount that cannot be is refused by name") {
    const testing::temporary_folder folder;
    const std::string at = folder.path().string();
    site s;
    s.add_mount("/a", at, {});
    CHECK(refusal(s, "/a/", at).find("/a") != std::string::npos);
    CHECK(refusal(s, "b", at).find("'b'") != std::string::npos);
    CHECK(!refusal(s, "", at).empty());
    CHECK(refusal(s, "/c", at + "/missing").find(at + "/missing") != std::string::npos);
    CHECK(s.mounts.size() == 1);
}

TEST_CASE("routes lead to their endpoints however many follow") {
    site s;
    for (int i = 0; i < 100; ++i)
        s.add_route(http::verb::get, "/" + std::to_string(i),
                    [](request&) -> awaitable<response> { co_return response{}; });
    path_params params;
    REQUIRE(s.endpoints.size() == 100);
    CHECK(s.routes.find(http::verb::get, "/7", params).what == &s.endpoints[7]);
    CHECK(s.endpoints[7].call != nullptr);
}

TEST_CASE("a route needs a handler") {
    site s;
    CHECK_THROWS_AS(s.add_route(http::verb::get, "/", handler()), std::invalid_argument);
    CHECK(s.routes.empty());
}

} // namespace ringlet
