#include "http/problem.hpp"

#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <string>
#include <string_view>

using namespace ringlet;
using namespace ringlet::http;
using namespace std::string_literals;

namespace {

std::string problem(status s, std::string_view detail = {}, std::string_view request_id = {}) {
    const testing::guarded_bytes guarded(detail);
    std::string out;
    problem_json(out, s, guarded.view(), request_id);
    return out;
}

/// The JSON string that the detail became.
std::string shown(std::string_view detail) {
    const std::string text = problem(status::not_found, detail);
    const std::string before =
        R"({"type":"about:blank","title":"Not Found","status":404,"detail":")";
    INFO(text);
    REQUIRE(text.starts_with(before));
    REQUIRE(text.ends_with("\"}"));
    return text.substr(before.size(), text.size() - before.size() - 2);
}

const std::string bad = "\ufffd";

} // namespace

TEST_CASE("a problem says its status, detail and request", "[http][problem]") {
    CHECK(problem(status::not_found, "no /x", "4f2a") ==
          R"({"type":"about:blank","title":"Not Found","status":404,)"
          R"("detail":"no /x","request_id":"4f2a"})");
}

TEST_CASE("a problem leaves out what is empty", "[http][problem]") {
    CHECK(problem(status::bad_gateway) ==
          R"({"type":"about:blank","title":"Bad Gateway","status":502})");
    CHECK(problem(status::bad_gateway, "", "a\"") ==
          R"({"type":"about:blank","title":"Bad Gateway","status":502,"request_id":"a\""})");
}

TEST_CASE("a problem is appended", "[http][problem]") {
    std::string out = "x";
    problem_json(out, status::not_found, "", "");
    CHECK(out.starts_with("x{"));
}

TEST_CASE("what means something in JSON is escaped", "[http][problem]") {
    CHECK(shown("\"a\\b\"/") == R"(\"a\\b\"/)");
    CHECK(shown("a\nb\r\tc") == R"(a\nb\u000d\u0009c)");
    CHECK(shown("\0\x1f\x20\x7f"s) == "\\u0000\\u001f \x7f");
}

TEST_CASE("UTF-8 stays as it is", "[http][problem]") {
    for (const char* text : {"\u00e4\u20ac\U0001f600", "\u0080\u07ff\u0800\ue000\uffff\xed\x9f\xbf",
                             "\U00010000\U0010ffff"})
        CHECK(shown(text) == text);
}

TEST_CASE("each piece that is not UTF-8 becomes one replacement character", "[http][problem]") {
    CHECK(shown("a\xff"
                "b") == "a" + bad + "b");
    CHECK(shown("\x80\xbf") == bad + bad);
    CHECK(shown("\xc3") == bad);
    CHECK(shown("\xc3(") == bad + "(");
    CHECK(shown("\xe2\x82") == bad);
    CHECK(shown("\xe2\x82\"") == bad + "\\\"");
    CHECK(shown("\xf0\x9f\x98\xe2\x82\xac") == bad + "\u20ac");
    CHECK(shown("\xc0\xaf") == bad + bad);           // overlong '/'
    CHECK(shown("\xe0\x80\xaf") == bad + bad + bad); // overlong too
    CHECK(shown("\xf0\x80\x80\xaf") == bad + bad + bad + bad);
    CHECK(shown("\xed\xa0\x80") == bad + bad + bad);           // a surrogate
    CHECK(shown("\xf4\x90\x80\x80") == bad + bad + bad + bad); // beyond U+10FFFF
    CHECK(shown("\xf5\x80") == bad + bad);
}

TEST_CASE("a problem whose status has no name is titled by its number", "[http][problem]") {
    CHECK(problem(static_cast<status>(418)) ==
          R"({"type":"about:blank","title":"Status 418","status":418})");
}
