#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <stdexcept>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

const std::string here = "https://app.example";
const std::string there = "https://other.example";

struct site_with_cors {
    explicit site_with_cors(cors_options options) {
        app.use(cors(std::move(options)));
        app.get("/", [this](request&) { return answer(); });
        app.on("OPTIONS", "/", [this](request&) { return answer(); });
    }

    awaitable<response> answer() {
        ++called;
        response r = text("hello\n");
        if (!vary.empty())
            r.set("Vary", vary);
        co_return r;
    }

    test::answer get(test::field_list fields = {}) { return client().get("/", std::move(fields)); }

    test::answer preflight(const std::string& origin, const std::string& method,
                           test::field_list more = {}) {
        test::question q{"OPTIONS", "/", std::move(more)};
        q.fields.emplace_back("Origin", origin);
        q.fields.emplace_back("Access-Control-Request-Method", method);
        return client().send(q);
    }

    test::client& client() {
        if (!client_)
            client_ = std::make_unique<test::client>(app);
        return *client_;
    }

    server app;
    int called = 0;
    std::string vary;

  private:
    std::unique_ptr<test::client> client_;
};

bool has_cors_fields(const test::answer& a) {
    return std::ranges::any_of(
        a.fields, [](const auto& f) { return f.first.starts_with("Access-Control-"); });
}

} // namespace

TEST_CASE("everyone is let in by an asterisk, which depends on nobody's origin") {
    site_with_cors site({});
    for (const auto& a : {site.get({{"Origin", here}}), site.get()}) {
        CHECK(a.status == 200);
        CHECK(a.body == "hello\n");
        CHECK(a.field("Access-Control-Allow-Origin") == "*");
        CHECK(a.field("Access-Control-Allow-Credentials").empty());
        CHECK(a.field("Vary").empty());
    }
}

TEST_CASE("a listed origin is answered by its name") {
    site_with_cors site({.origins = {there, here}});
    const auto a = site.get({{"Origin", here}});
    CHECK(a.body == "hello\n");
    CHECK(a.field("Access-Control-Allow-Origin") == here);
    CHECK(a.field("Access-Control-Allow-Credentials").empty());
    CHECK(a.field("Access-Control-Expose-Headers").empty());
    CHECK(a.field("Vary") == "Origin");
}

TEST_CASE("an origin that is not listed gets the answer without leave to read it") {
    site_with_cors site({.origins = {here}, .exposed = {"X-Total"}, .credentials = true});
    for (const char* origin :
         {"https://other.example", "HTTPS://app.example", "https://App.example",
          "https://app.example/", "http://app.example", "https://app.example:443",
          "https://app.example.evil.example", "*", "null"}) {
        CAPTURE(origin);
        const auto a = site.get({{"Origin", origin}});
        CHECK(a.body == "hello\n");
        CHECK_FALSE(has_cors_fields(a));
        CHECK(a.field("Vary") == "Origin");
    }
}

TEST_CASE("without an origin the answer says that it would depend on one") {
    site_with_cors site({.origins = {here}});
    const auto a = site.get();
    CHECK_FALSE(has_cors_fields(a));
    CHECK(a.field("Vary") == "Origin");
}

TEST_CASE("Origin joins a Vary that is there, once") {
    site_with_cors site({.origins = {here}});
    site.vary = "Accept-Encoding";
    CHECK(site.get().field("Vary") == "Accept-Encoding, Origin");
    site.vary = "Cookie, origin";
    CHECK(site.get({{"Origin", here}}).field("Vary") == "Cookie, origin");
}

TEST_CASE("credentials and readable fields are allowed where the options say so") {
    site_with_cors site({.origins = {here}, .exposed = {"X-Total", "Link"}, .credentials = true});
    const auto a = site.get({{"Origin", here}});
    CHECK(a.field("Access-Control-Allow-Origin") == here);
    CHECK(a.field("Access-Control-Allow-Credentials") == "true");
    CHECK(a.field("Access-Control-Expose-Headers") == "X-Total, Link");
}

TEST_CASE("credentials for everyone are refused at once") {
    CHECK_THROWS_AS(cors({.credentials = true}), std::invalid_argument);
    CHECK_THROWS_AS(cors({.origins = {here, "*"}, .credentials = true}), std::invalid_argument);
    CHECK_NOTHROW(cors({.origins = {here}, .credentials = true}));
}

TEST_CASE("errors can be read across origins too") {
    site_with_cors site({.origins = {here}});
    const auto a = site.client().get("/nowhere", {{"Origin", here}});
    CHECK(a.status == 404);
    CHECK(a.field("Access-Control-Allow-Origin") == here);
}

TEST_CASE("a preflight is answered without the handler") {
    site_with_cors site({.origins = {here},
                         .methods = {"GET", "DELETE"},
                         .exposed = {"X-Total"},
                         .credentials = true,
                         .max_age = 90s});
    const auto a = site.preflight(here, "DELETE");
    CHECK(a.status == 204);
    CHECK(a.body.empty());
    CHECK(site.called == 0);
    CHECK(a.field("Access-Control-Allow-Origin") == here);
    CHECK(a.field("Access-Control-Allow-Credentials") == "true");
    CHECK(a.field("Access-Control-Allow-Methods") == "GET, DELETE");
    CHECK(a.field("Access-Control-Max-Age") == "90");
    CHECK(a.field("Access-Control-Allow-Headers").empty());
    CHECK(a.field("Access-Control-Expose-Headers").empty());
    CHECK(a.field("Vary") == "Origin");
}

TEST_CASE("a preflight allows the fields that are asked for, or those that are listed") {
    site_with_cors any({});
    const auto asked =
        any.preflight(here, "PUT", {{"Access-Control-Request-Headers", "content-type,x-token"}});
    CHECK(asked.field("Access-Control-Allow-Headers") == "content-type,x-token");
    CHECK(asked.field("Access-Control-Allow-Origin") == "*");
    CHECK(asked.field("Vary").empty());

    site_with_cors some({.fields = {"Content-Type", "X-Key"}});
    const auto listed =
        some.preflight(here, "PUT", {{"Access-Control-Request-Headers", "x-token"}});
    CHECK(listed.field("Access-Control-Allow-Headers") == "Content-Type, X-Key");
}

TEST_CASE("a preflight from another origin or for another method is allowed nothing") {
    site_with_cors site({.origins = {here}, .methods = {"GET", "PUT"}, .credentials = true});
    for (const auto& a : {site.preflight(there, "PUT"), site.preflight(here, "DELETE"),
                          site.preflight(here, "put")}) {
        CHECK(a.status == 204);
        CHECK_FALSE(has_cors_fields(a));
        CHECK(a.field("Vary") == "Origin");
    }
    site_with_cors open({.methods = {"GET"}});
    const auto a = open.preflight(here, "PUT");
    CHECK(a.status == 204);
    CHECK_FALSE(has_cors_fields(a));
    CHECK(site.called + open.called == 0);
}

TEST_CASE("OPTIONS that is no preflight reaches the handler") {
    site_with_cors site({.origins = {here}});
    const auto plain = site.client().send({"OPTIONS", "/", {{"Origin", here}}});
    CHECK(plain.body == "hello\n");
    CHECK(plain.field("Access-Control-Allow-Origin") == here);
    const auto from_nowhere =
        site.client().send({"OPTIONS", "/", {{"Access-Control-Request-Method", "PUT"}}});
    CHECK(from_nowhere.body == "hello\n");
    CHECK(site.called == 2);
}
