#include "http/date.hpp"

#include "support/catch.hpp"

#include <string>

using namespace ringlet::http;

namespace {

constexpr std::int64_t rfc_example = 784'111'777; // 6 November 1994, 08:49:37
constexpr std::int64_t now_2026 = 1'767'225'600;  // 1 January 2026, 00:00:00

std::string formatted(std::int64_t unix_seconds) {
    http_date out;
    format_date(unix_seconds, out);
    return {out.data(), out.size()};
}

std::optional<std::int64_t> parsed(std::string_view text, std::int64_t now = now_2026) {
    return parse_date(text, now);
}

} // namespace

TEST_CASE("a time is written as IMF-fixdate") {
    CHECK(formatted(rfc_example) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(formatted(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(formatted(-1) == "Wed, 31 Dec 1969 23:59:59 GMT");
    CHECK(formatted(951'782'400) == "Tue, 29 Feb 2000 00:00:00 GMT");
    CHECK(formatted(4'107'542'400) == "Mon, 01 Mar 2100 00:00:00 GMT");
}

TEST_CASE("a time that four year digits cannot hold is clamped") {
    CHECK(formatted(253'402'300'800) == "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK(formatted(INT64_MAX) == "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK(formatted(INT64_MIN) == "Mon, 01 Jan 0001 00:00:00 GMT");
}

TEST_CASE("the three forms of RFC 9110 section 5.6.7 mean the same time") {
    CHECK(parsed("Sun, 06 Nov 1994 08:49:37 GMT") == rfc_example);
    CHECK(parsed("Sunday, 06-Nov-94 08:49:37 GMT") == rfc_example);
    CHECK(parsed("Sun Nov  6 08:49:37 1994") == rfc_example);
    CHECK(parsed("Wed Nov 16 08:49:37 1994") == rfc_example + 10 * 86'400);
}

TEST_CASE("what is written can be read back") {
    for (std::int64_t t = -62'135'596'800; t <= 253'402'300'799; t += 86'400 * 97 + 12'347)
        REQUIRE(parsed(formatted(t)) == t);
}

TEST_CASE("a two-digit year lies at most 50 years ahead") {
    CHECK(parsed("Thursday, 31-Dec-75 00:00:00 GMT") == parsed("Tue, 31 Dec 2075 00:00:00 GMT"));
    CHECK(parsed("Wednesday, 01-Jan-76 00:00:00 GMT") == parsed("Wed, 01 Jan 2076 00:00:00 GMT"));
    CHECK(parsed("Thursday, 01-Jan-76 00:00:01 GMT") == parsed("Thu, 01 Jan 1976 00:00:01 GMT"));
    CHECK(parsed("Friday, 01-Jan-99 00:00:00 GMT") == parsed("Fri, 01 Jan 1999 00:00:00 GMT"));
    CHECK(parsed("Saturday, 01-Jan-00 00:00:00 GMT") == parsed("Sat, 01 Jan 2000 00:00:00 GMT"));
}

TEST_CASE("a two-digit year crosses into the next century") {
    const std::int64_t now_1999 = *parsed("Wed, 01 Dec 1999 00:00:00 GMT");
    CHECK(parsed("Monday, 01-Jan-01 00:00:00 GMT", now_1999) ==
          parsed("Mon, 01 Jan 2001 00:00:00 GMT"));
    CHECK(parsed("Friday, 01-Jan-99 00:00:00 GMT", now_1999) ==
          parsed("Fri, 01 Jan 1999 00:00:00 GMT"));
}

TEST_CASE("29 February exists in leap years only") {
    CHECK(parsed("Tue, 29 Feb 2000 00:00:00 GMT") == 951'782'400);
    CHECK(parsed("Thu, 29 Feb 2024 00:00:00 GMT"));
    CHECK_FALSE(parsed("Mon, 29 Feb 1900 00:00:00 GMT"));
    CHECK_FALSE(parsed("Wed, 29 Feb 2023 00:00:00 GMT"));
    CHECK(parsed("Thursday, 29-Feb-24 00:00:00 GMT"));
    CHECK_FALSE(parsed("Wednesday, 29-Feb-23 00:00:00 GMT"));
}

TEST_CASE("second 60 is a leap second") {
    CHECK(parsed("Sat, 31 Dec 2016 23:59:60 GMT") == parsed("Sun, 01 Jan 2017 00:00:00 GMT"));
    CHECK_FALSE(parsed("Sat, 31 Dec 2016 23:59:61 GMT"));
}

TEST_CASE("the weekday is a name of the right form, but not checked against the date") {
    CHECK(parsed("Mon, 06 Nov 1994 08:49:37 GMT") == rfc_example);
    CHECK_FALSE(parsed("Sat Sun, 06 Nov 1994 08:49:37 GMT"));
    CHECK_FALSE(parsed("Xyz, 06 Nov 1994 08:49:37 GMT"));
    CHECK_FALSE(parsed("Sunday, 06 Nov 1994 08:49:37 GMT"));
    CHECK_FALSE(parsed("Sun, 06-Nov-94 08:49:37 GMT"));
}

TEST_CASE("what is not an HTTP-date is refused") {
    const auto text =
        GENERATE(as<std::string>{}, "", "foobar", "0", "Sun, 6 Nov 1994 08:49:37 GMT",
                 "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
                 "Sun, 06 Nov 1994 08:49:37 gmt", "Sun, 06 Nov 1994 08:49:37 UTC",
                 "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 06 Nov 1994 08:49:37",
                 "Sun, 06 Nov 1994 08:49:37 GMT foo", "Sun, 06 Nov 1994 08:49:37 GMT; length=3",
                 " Sun, 06 Nov 1994 08:49:37 GMT", "Sun,  06 Nov 1994 08:49:37 GMT",
                 "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                 "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                 "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT",
                 "Sun, -6 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
                 "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov  6 08:49:37 94",
                 "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GM");
    CAPTURE(text);
    CHECK_FALSE(parsed(text));
}
