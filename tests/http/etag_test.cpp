#include "http/etag.hpp"

#include "support/catch.hpp"
#include "support/make_head.hpp"

#include <string>

using namespace ringlet::http;
using ringlet::testing::make_head;

namespace {

bool strongly(std::string_view list, std::string_view etag) {
    return etag_list_matches(list, etag, etag_comparison::strong);
}

bool weakly(std::string_view list, std::string_view etag) {
    return etag_list_matches(list, etag, etag_comparison::weak);
}

} // namespace

TEST_CASE("a made tag is strong and holds time, size and inode in hex") {
    CHECK(make_etag(0x1234abcd, 255, 16).view() == R"("1234abcd-ff-10")");
    CHECK(make_etag(0, 0, 0).view() == R"("0-0-0")");
    CHECK(make_etag(-1, UINT64_MAX, UINT64_MAX).view() ==
          R"("ffffffffffffffff-ffffffffffffffff-ffffffffffffffff")");
}

TEST_CASE("tags of different files differ") {
    const std::string tag{make_etag(11, 1, 1).view()};
    CHECK(make_etag(11, 1, 1).view() == tag);
    CHECK(make_etag(12, 1, 1).view() != tag);
    CHECK(make_etag(11, 2, 1).view() != tag);
    CHECK(make_etag(11, 1, 2).view() != tag);
    CHECK(make_etag(1, 0x11, 1).view() != make_etag(0x11, 1, 1).view());
}

TEST_CASE("comparison follows the table of RFC 9110 section 8.8.3.2") {
    CHECK_FALSE(strong_match(R"(W/"1")", R"(W/"1")"));
    CHECK(weak_match(R"(W/"1")", R"(W/"1")"));
    CHECK_FALSE(strong_match(R"(W/"1")", R"(W/"2")"));
    CHECK_FALSE(weak_match(R"(W/"1")", R"(W/"2")"));
    CHECK_FALSE(strong_match(R"(W/"1")", R"("1")"));
    CHECK_FALSE(strong_match(R"("1")", R"(W/"1")"));
    CHECK(weak_match(R"(W/"1")", R"("1")"));
    CHECK(strong_match(R"("1")", R"("1")"));
    CHECK(weak_match(R"("1")", R"("1")"));
}

TEST_CASE("any member of a list can match") {
    CHECK(strongly(R"("xyzzy")", R"("xyzzy")"));
    CHECK(strongly(R"("xyzzy", "r2d2xxxx", "c3piozzzz")", R"("c3piozzzz")"));
    CHECK(strongly("\"foo\",\"bar\" \t,\t\"x\" , \"baz\"", R"("x")"));
    CHECK_FALSE(strongly(R"("xyzzy", "r2d2xxxx")", R"("c3piozzzz")"));
    CHECK_FALSE(strongly(R"("xyzzy")", R"("xyz")"));
    CHECK_FALSE(strongly(R"("xyz")", R"("xyzzy")"));
}

TEST_CASE("weak members match weakly only") {
    CHECK(weakly(R"(W/"a", W/"b")", R"("b")"));
    CHECK_FALSE(strongly(R"(W/"a", W/"b")", R"("b")"));
    CHECK(strongly(R"(W/"b", "b")", R"("b")"));
}

TEST_CASE("commas inside a tag belong to the tag") {
    CHECK(strongly(R"("a,b", "c")", R"("a,b")"));
    CHECK(strongly(R"("a,b", "c")", R"("c")"));
    CHECK_FALSE(strongly(R"("a,b")", R"("a")"));
    CHECK_FALSE(strongly(R"("x,"y",z")", R"("y")"));
}

TEST_CASE("an asterisk alone matches anything, even what has no tag") {
    CHECK(strongly("*", R"("a")"));
    CHECK(strongly("*", R"(W/"a")"));
    CHECK(weakly("*", ""));
    CHECK_FALSE(weakly(R"("*")", R"("a")"));
    CHECK_FALSE(weakly(R"(*, "a")", R"("b")"));
    CHECK_FALSE(weakly("**", R"("a")"));
}

TEST_CASE("empty members of a tag list are skipped") {
    CHECK(weakly(R"("1",, ,,  ,  "x")", R"("x")"));
    CHECK(weakly(R"(,"x",)", R"("x")"));
    CHECK_FALSE(weakly("", R"("x")"));
    CHECK_FALSE(weakly(",,", R"("x")"));
    CHECK_FALSE(weakly(" ", ""));
}

TEST_CASE("a malformed tag ends the list") {
    CHECK(weakly(R"("1", "x", "unclosed)", R"("x")"));
    CHECK_FALSE(weakly(R"("x)", R"("x")"));
    CHECK_FALSE(weakly("x", R"("x")"));
    CHECK_FALSE(weakly(R"(foo, "x")", R"("x")"));
    CHECK_FALSE(weakly(R"("a b", "x")", R"("x")"));
    CHECK_FALSE(weakly(R"("a b")", R"("a b")"));
    CHECK_FALSE(weakly(R"(w/"x")", R"("x")"));
    CHECK_FALSE(weakly(R"(W/ "x")", R"("x")"));
    CHECK_FALSE(weakly("W/", R"("x")"));
    CHECK_FALSE(weakly(R"(")", R"("x")"));
    CHECK_FALSE(weakly(R"("x""y")", R"("x")"));
    CHECK_FALSE(weakly("\"x\x7f\"", "\"x\x7f\""));
    CHECK(weakly("\"x\xe9\"", "\"x\xe9\""));
}

TEST_CASE("several If-Match lines are one list") {
    const auto head = make_head(
        {{"If-Match", R"("a")"}, {"If-None-Match", R"("n")"}, {"If-Match", R"(W/"b", "c")"}});
    const auto matches = [&](std::string_view etag) {
        return etag_field_matches(head, field_id::if_match, etag, etag_comparison::strong);
    };
    CHECK(matches(R"("a")"));
    CHECK(matches(R"("c")"));
    CHECK_FALSE(matches(R"("b")"));
    CHECK_FALSE(matches(R"("n")"));
}
