#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace ringlet;

namespace {

awaitable<response> hello(request&) {
    co_return text("hello\n");
}

awaitable<response> framed(request&) {
    response r = text("hello\n");
    r.set("x-frame-options", "SAMEORIGIN");
    r.set("Content-Security-Policy", "");
    co_return r;
}

std::ptrdiff_t count(const test::answer& a, std::string_view name) {
    return std::ranges::count_if(a.fields, [&](const auto& f) { return f.first == name; });
}

} // namespace

TEST_CASE("browsers are told to be careful, with errors too") {
    server app;
    app.use(security_headers());
    app.get("/", hello);
    test::client client(app);
    for (const char* target : {"/", "/nowhere"}) {
        const auto a = client.get(target);
        CHECK(a.field("Content-Security-Policy") == "default-src 'self'");
        CHECK(a.field("Referrer-Policy") == "strict-origin-when-cross-origin");
        CHECK(a.field("X-Frame-Options") == "DENY");
        CHECK(a.field("X-Content-Type-Options") == "nosniff");
        CHECK(count(a, "Strict-Transport-Security") == 0);
    }
}

TEST_CASE("an option decides its field, and an empty one leaves it out") {
    server app;
    app.use(security_headers({.content_security_policy = "default-src 'none'",
                              .referrer_policy = "",
                              .frame_options = "SAMEORIGIN",
                              .transport_security = "max-age=63072000"}));
    app.get("/", hello);
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.field("Content-Security-Policy") == "default-src 'none'");
    CHECK(count(a, "Referrer-Policy") == 0);
    CHECK(a.field("X-Frame-Options") == "SAMEORIGIN");
    CHECK(a.field("Strict-Transport-Security") == "max-age=63072000");
}

TEST_CASE("a field that the handler has set stays, even an empty one") {
    server app;
    app.use(security_headers());
    app.get("/", framed);
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.field("X-Frame-Options") == "SAMEORIGIN");
    CHECK(count(a, "X-Frame-Options") == 0); // only in the handler's own spelling
    CHECK(a.field("Content-Security-Policy").empty());
    CHECK(a.field("X-Content-Type-Options") == "nosniff");
}
