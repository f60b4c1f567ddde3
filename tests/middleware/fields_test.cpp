#include "middleware/fields.hpp"

#include "support/catch.hpp"

using namespace ringlet;

namespace {

response with(std::vector<std::pair<std::string, std::string>> fields) {
    response r = text("");
    r.fields = std::move(fields);
    return r;
}

using list = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("a member is found in any field of the name, in any case and place") {
    const response r =
        with({{"vary", "Accept , ORIGIN"}, {"Other", "Cookie"}, {"Vary", "x-a,X-B"}});
    for (const char* member : {"accept", "Origin", "X-A", "x-b"}) {
        CAPTURE(member);
        CHECK(has_member(r, "Vary", member));
    }
    for (const char* member : {"Cookie", "x", "X-", "Accept , ORIGIN", "ORIGI"}) {
        CAPTURE(member);
        CHECK_FALSE(has_member(r, "Vary", member));
    }
}

TEST_CASE("a field is there even when it is empty") {
    const response r = with({{"ETag", ""}});
    CHECK(has_field(r, "etag"));
    CHECK_FALSE(has_field(r, "ETa"));
    CHECK_FALSE(has_field(r, "ETag2"));
}

TEST_CASE("a member is added behind the others, or makes a field") {
    response r = with({{"vary", "Accept"}, {"VARY", "Cookie"}});
    add_member(r, "Vary", "Origin");
    add_member(r, "Server-Timing", "app");
    CHECK(r.fields ==
          list{{"vary", "Accept"}, {"VARY", "Cookie, Origin"}, {"Server-Timing", "app"}});
    response empty = with({{"Vary", " "}});
    add_member(empty, "Vary", "Origin");
    CHECK(empty.field("Vary") == "Origin");
}

TEST_CASE("Vary names a field once, and not beside an asterisk") {
    response r = with({{"Vary", "origin"}});
    add_vary(r, "Origin");
    add_vary(r, "Accept-Encoding");
    add_vary(r, "Accept-Encoding");
    CHECK(r.fields == list{{"Vary", "origin, Accept-Encoding"}});
    response all = with({{"Vary", "*"}});
    add_vary(all, "Origin");
    CHECK(all.fields == list{{"Vary", "*"}});
}
