#include "http/media_type.hpp"

#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"
#include "support/make_head.hpp"

#include <optional>
#include <string>
#include <string_view>

using namespace ringlet::http;
using ringlet::testing::guarded_bytes;
using ringlet::testing::make_head;

namespace {

std::optional<std::string> found(std::string_view value, std::string_view name) {
    const guarded_bytes guarded(value);
    return parameter(guarded.view(), name);
}

bool json(std::string_view accept) {
    INFO(accept);
    return prefers_json(make_head({{"Accept", accept}}));
}

} // namespace

TEST_CASE("a media type is told in any case and with any parameters", "[http][media_type]") {
    CHECK(is_media_type("application/json", "application/json"));
    CHECK(is_media_type("Application/JSON ; charset=utf-8", "application/json"));
    CHECK(is_media_type("text/html;", "text/html"));
    CHECK_FALSE(is_media_type("application/json5", "application/json"));
    CHECK_FALSE(is_media_type("application/jso", "application/json"));
    CHECK_FALSE(is_media_type("application/json, text/html", "application/json"));
    CHECK_FALSE(is_media_type("text/html; a=application/json", "application/json"));
    CHECK_FALSE(is_media_type("", "application/json"));
}

TEST_CASE("a parameter is found by its name in any case, the first of several",
          "[http][media_type]") {
    CHECK(found("text/html;charset=utf-8", "charset") == "utf-8");
    CHECK(found("text/html ; a=1 ;\tChArSeT=UTF-8;charset=x", "charset") == "UTF-8");
    CHECK(found("multipart/form-data; boundary=----Webkit'x", "boundary") == "----Webkit'x");
    CHECK(found("a/b;;; c=1;", "c") == "1");
    CHECK(found("a/b; c=1;", "d") == std::nullopt);
    CHECK(found("a/b", "c") == std::nullopt);
    CHECK(found("", "c") == std::nullopt);
    CHECK(found("a/b; xc=1; cx=2", "c") == std::nullopt);
}

TEST_CASE("a quoted parameter loses its quotes and escapes", "[http][media_type]") {
    CHECK(found("a/b; c=\"x y; c=z\"", "c") == "x y; c=z");
    CHECK(found("a/b; x=\";c=1\"; c=2", "c") == "2");
    CHECK(found(R"(a/b; c="\"\\\a\"")", "c") == R"("\a")");
    CHECK(found("a/b; c=\"\"", "c") == "");
    CHECK(found("a/b; c=\"\xc3\xa4\"", "c") == "\u00e4");
}

TEST_CASE("what stands behind a malformed parameter is not found", "[http][media_type]") {
    for (const char* value : {"a/b; c", "a/b; c=", "a/b; c =1", "a/b; c= 1", "a/b; c=\"",
                              "a/b; c=\"1", "a/b; c=\"1\\\"", "a/b; =1; c=1", "a/b; x; c=1",
                              "a/b; x=1 c=1", "a/b; x=\"1\"2; c=1", "a/b; x={}; c=1"}) {
        INFO(value);
        CHECK(found(value, "c") == std::nullopt);
    }
}

TEST_CASE("errors are HTML for whoever does not ask for JSON", "[http][media_type]") {
    CHECK_FALSE(prefers_json(make_head({})));
    for (const char* accept :
         {"*/*", "", "text/html", "text/*", "image/png, */*;q=0.5", "application/xml", "text/plain",
          "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"})
        CHECK_FALSE(json(accept));
}

TEST_CASE("errors are JSON for whoever likes it better than HTML", "[http][media_type]") {
    for (const char* accept :
         {"application/json", "Application/JSON", "application/problem+json", "application/*",
          "application/json;q=0.001", "text/html;q=0.8, application/json;q=0.9",
          "text/html;q=0.8, application/*", "application/json, text/html;q=0",
          "text/*;q=0.5, application/problem+json;q=0.6, application/json;q=0",
          "application/json; charset=utf-8, text/html; q=0.9"})
        CHECK(json(accept));
    for (const char* accept :
         {"application/json, text/html", "application/json;q=0.8, text/html;q=0.9",
          "application/json;q=0", "text/html, application/*", "application/json;q=0.5, text/*"})
        CHECK_FALSE(json(accept));
}

TEST_CASE("the most specific range for a type counts", "[http][media_type]") {
    CHECK_FALSE(json("application/*, application/json;q=0.1, application/problem+json;q=0.1, "
                     "text/html;q=0.5"));
    CHECK(json("text/*, text/html;q=0.1, application/json;q=0.5"));
    CHECK(json("text/html;q=0.1, */*"));
    CHECK_FALSE(json("*/*, application/*;q=0.1"));
}

TEST_CASE("a range for everything does not outdo JSON by name", "[http][media_type]") {
    CHECK(json("application/json, text/plain, */*"));
    CHECK(json("application/json, text/javascript, */*; q=0.01"));
    CHECK(json("*/*;q=0.5, application/*;q=0.5"));
    CHECK_FALSE(json("application/json;q=0.5, */*"));
    CHECK_FALSE(json("application/json;q=0, */*;q=0"));
}

TEST_CASE("all lines of Accept are one list", "[http][media_type]") {
    CHECK(prefers_json(make_head({{"Accept", "text/html;q=0.5"}, {"Accept", "application/json"}})));
    CHECK_FALSE(
        prefers_json(make_head({{"Accept", "application/json;q=0.5"}, {"Accept", "text/html"}})));
}

TEST_CASE("malformed members of Accept are ignored", "[http][media_type]") {
    CHECK(json(",, ,application/json,"));
    CHECK(json("text/html;q=2, text/html;q=\"1\", text/html;q=, text/html;q, text/html;x y, "
               "application/json;q=0.1"));
    CHECK(json("text/plain;a=\",text/html\", application/json"));
    CHECK(json("text/plain;a=\"\\\",text/html\", application/json;q=0.5"));
    CHECK_FALSE(json("text/plain;a=\", application/json"));
    CHECK_FALSE(json("text/plain;a=\"\\"));
}
