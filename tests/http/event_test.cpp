#include "http/event.hpp"

#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <string>
#include <string_view>

using namespace ringlet;
using namespace std::string_literals;

namespace {

std::string event(std::string_view data, std::string_view name = {}, std::string_view id = {}) {
    const testing::guarded_bytes guarded(data);
    std::string out;
    REQUIRE(http::append_event(out, guarded.view(), name, id));
    return out;
}

} // namespace

TEST_CASE("an event has its name, its id and its data", "[http][event]") {
    CHECK(event("{\"a\": 1}", "update", "7") == "event: update\nid: 7\ndata: {\"a\": 1}\n\n");
}

TEST_CASE("an event leaves out what it does not have", "[http][event]") {
    CHECK(event("x") == "data: x\n\n");
    CHECK(event("x", "", "7") == "id: 7\ndata: x\n\n");
    CHECK(event("x", "n") == "event: n\ndata: x\n\n");
}

TEST_CASE("an event without data still has a line of it, or clients would drop it",
          "[http][event]") {
    CHECK(event("", "n") == "event: n\ndata: \n\n");
}

TEST_CASE("each line of data becomes a line of its own", "[http][event]") {
    CHECK(event("a\nb\rc\r\nd") == "data: a\ndata: b\ndata: c\ndata: d\n\n");
    CHECK(event("a\n\nb\n") == "data: a\ndata: \ndata: b\ndata: \n\n");
    CHECK(event("\r\r\n\n") == "data: \ndata: \ndata: \ndata: \n\n");
    CHECK(event("\r") == "data: \ndata: \n\n");
}

TEST_CASE("data cannot forge another field or event", "[http][event]") {
    CHECK(event("a\n\nevent: x") == "data: a\ndata: \ndata: event: x\n\n");
    CHECK(event("\rid: 1") == "data: \ndata: id: 1\n\n");
}

TEST_CASE("a name or id that would not stay on its line is refused", "[http][event]") {
    for (const std::string& bad : {"a\nb"s, "a\r"s, "\0"s, "\n"s}) {
        std::string out = "before";
        CHECK_FALSE(http::append_event(out, "x", bad, ""));
        CHECK_FALSE(http::append_event(out, "x", "", bad));
        CHECK(out == "before");
    }
}

TEST_CASE("events and comments are appended", "[http][event]") {
    std::string out = event("x");
    http::append_comment(out);
    REQUIRE(http::append_event(out, "y", "", ""));
    CHECK(out == "data: x\n\n: \n\ndata: y\n\n");
}
