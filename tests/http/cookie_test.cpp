#include "http/cookie.hpp"

#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <optional>
#include <string>
#include <string_view>

using namespace ringlet;

namespace {

std::optional<std::string> found(std::string_view field, std::string_view name) {
    const testing::guarded_bytes guarded(field);
    const auto value = http::find_cookie(guarded.view(), name);
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

} // namespace

TEST_CASE("a cookie is found by its name among others", "[http][cookie]") {
    const std::string_view field = "sid=31d4d96e407aad42; lang=en-US; empty=; x=a=b==";
    CHECK(found(field, "sid") == "31d4d96e407aad42");
    CHECK(found(field, "lang") == "en-US");
    CHECK(found(field, "empty") == "");
    CHECK(found(field, "x") == "a=b==");
    CHECK(found(field, "y") == std::nullopt);
    CHECK(found(field, "") == std::nullopt);
    CHECK(found("", "a") == std::nullopt);
}

TEST_CASE("a cookie's name is compared whole and with its case", "[http][cookie]") {
    CHECK(found("xsid=1; sidx=2; SID=3; sid=4", "sid") == "4");
    CHECK(found("a=sid=1; =sid", "sid") == std::nullopt);
}

TEST_CASE("the first of several cookies with one name counts", "[http][cookie]") {
    CHECK(found("a=1; a=2", "a") == "1");
}

TEST_CASE("cookies may be separated without a space and by too many semicolons", "[http][cookie]") {
    CHECK(found("a=1;b=2", "b") == "2");
    CHECK(found(";;a=1 ;\tb=2;;", "a") == "1");
    CHECK(found(";;a=1 ;\tb=2;;", "b") == "2");
}

TEST_CASE("quotes around a cookie's value are no part of it", "[http][cookie]") {
    CHECK(found("a=\"1 2\"; b=\"\"", "a") == "1 2");
    CHECK(found("a=\"1 2\"; b=\"\"", "b") == "");
    CHECK(found("a=\"", "a") == "\"");
    CHECK(found("a=\"1", "a") == "\"1");
    CHECK(found("a=1\"", "a") == "1\"");
}

TEST_CASE("what is no pair is skipped", "[http][cookie]") {
    CHECK(found("a; a=1", "a") == "1");
    CHECK(found("a", "a") == std::nullopt);
}
