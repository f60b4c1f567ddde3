#include "ringlet/limits.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <stdexcept>

using namespace ringlet;

namespace {

awaitable<response> tell_id(request& req) {
    co_return text(req.id());
}

awaitable<response> fail(request&) {
    throw std::runtime_error("a bug");
    co_return text("");
}

server app_with(bool trust_client) {
    server app;
    app.use(request_id(trust_client));
    app.get("/", tell_id);
    app.get("/fail", fail);
    return app;
}

bool is_own(std::string_view id) {
    return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

TEST_CASE("every answer carries an id of its own, which the handler knows") {
    server app = app_with(false);
    test::client client(app);
    const auto first = client.get("/");
    const auto second = client.get("/");
    CHECK(is_own(first.field("X-Request-Id")));
    CHECK(first.field("X-Request-Id") == first.body);
    CHECK(is_own(second.field("X-Request-Id")));
    CHECK(first.field("X-Request-Id") != second.field("X-Request-Id"));
}

TEST_CASE("the id stands on error pages too") {
    server app = app_with(false);
    test::client client(app);
    for (const auto& [target, status] : {std::pair{"/fail", 500U}, {"/nowhere", 404U}}) {
        const auto a = client.get(target);
        CHECK(a.status == status);
        REQUIRE(is_own(a.field("X-Request-Id")));
    }
    const auto a = client.get("/fail");
    CHECK(a.body.find(a.field("X-Request-Id")) != std::string::npos);
}

TEST_CASE("a trusted client's id is taken over") {
    server app = app_with(true);
    test::client client(app);
    const std::string longest(limits::request_id_bytes, 'x');
    for (const std::string& id : {std::string("a"), std::string("7f-3.b_!~"), longest}) {
        const auto a = client.get("/", {{"x-request-id", id}});
        CHECK(a.field("X-Request-Id") == id);
        CHECK(a.body == id);
    }
    const auto page = client.get("/fail", {{"X-Request-Id", "from-the-proxy"}});
    CHECK(page.body.find("from-the-proxy") != std::string::npos);
}

TEST_CASE("a trusted client's id that is too long or no token is replaced") {
    server app = app_with(true);
    test::client client(app);
    const std::string too_long(limits::request_id_bytes + 1, 'x');
    for (const std::string& id : {std::string(""), std::string("two words"), std::string("<b>"),
                                  std::string("\xc3\xa4"), too_long}) {
        const auto a = client.get("/", {{"X-Request-Id", id}});
        CAPTURE(id);
        CHECK(a.status == 200);
        CHECK(is_own(a.field("X-Request-Id")));
    }
}

TEST_CASE("nobody else's id is taken over") {
    server app = app_with(false);
    test::client client(app);
    CHECK(is_own(client.get("/", {{"X-Request-Id", "mine"}}).field("X-Request-Id")));
}
