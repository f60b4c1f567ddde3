#include "http/encoding.hpp"

#include "support/catch.hpp"
#include "support/make_head.hpp"

#include <string>
#include <vector>

using namespace ringlet::http;
using ringlet::testing::field_lines;
using ringlet::testing::make_head;

namespace {

/// The acceptable codings, best first, as one string.
std::string order(field_lines lines) {
    std::string text;
    for (const coding c : parse_accept_encoding(make_head(lines)).order())
        text.append(text.empty() ? "" : " ").append(name(c));
    return text;
}

std::string order(std::string_view value) {
    return order({{"Accept-Encoding", value}});
}

} // namespace

TEST_CASE("codings have a name and a file suffix") {
    CHECK(name(coding::identity) == "identity");
    CHECK(name(coding::gzip) == "gzip");
    CHECK(name(coding::br) == "br");
    CHECK(name(coding::zstd) == "zstd");
    CHECK(suffix(coding::identity).empty());
    CHECK(suffix(coding::gzip) == ".gz");
    CHECK(suffix(coding::br) == ".br");
    CHECK(suffix(coding::zstd) == ".zst");
}

TEST_CASE("without Accept-Encoding, or with an empty one, identity is sent") {
    CHECK(order(field_lines{}) == "identity");
    CHECK(order("") == "identity");
    CHECK(order(" , ,") == "identity");
}

TEST_CASE("what browsers send gets br first") {
    CHECK(order("gzip, deflate, br, zstd") == "br zstd gzip identity");
    CHECK(order("gzip, deflate, br") == "br gzip identity");
    CHECK(order("gzip, deflate") == "gzip identity");
}

TEST_CASE("the examples of RFC 9110 section 12.5.3") {
    CHECK(order("compress, gzip") == "gzip identity");
    CHECK(order("*") == "br zstd gzip identity");
    CHECK(order("compress;q=0.5, gzip;q=1.0") == "gzip identity");
    CHECK(order("gzip;q=1.0, identity; q=0.5, *;q=0") == "gzip identity");
}

TEST_CASE("the weight decides before the server's preference") {
    CHECK(order("br;q=0.8, gzip;q=0.9, zstd;q=0.85") == "gzip zstd br identity");
    CHECK(order("gzip;q=0.5, identity") == "identity gzip");
    CHECK(order("br;q=0.999, gzip") == "gzip br identity");
    CHECK(order("gzip;q=0.001") == "gzip identity");
}

TEST_CASE("weight zero refuses") {
    CHECK(order("gzip;q=0, br") == "br identity");
    CHECK(order("gzip, identity;q=0") == "gzip");
    CHECK(order("identity;q=0").empty());
    CHECK(order("*;q=0").empty());
    CHECK(order("*;q=0.000").empty());
    CHECK(order("*;q=0, gzip") == "gzip");
    CHECK(order("*;q=0, identity;q=0.1") == "identity");
}

TEST_CASE("the asterisk stands for what is not mentioned, identity included") {
    CHECK(order("br;q=0, *") == "zstd gzip identity");
    CHECK(order("*;q=0.5, gzip;q=0.2") == "br zstd identity gzip");
    CHECK(order("gzip;q=0.2, *;q=0.5") == "br zstd identity gzip");
    CHECK(order("*, identity;q=0") == "br zstd gzip");
}

TEST_CASE("names are case-insensitive, and x-gzip is gzip") {
    CHECK(order("GZip;Q=0.5, BR;q=0.1, Identity;q=0") == "gzip br");
    CHECK(order("x-gzip") == "gzip identity");
    CHECK(order("X-GZIP") == "gzip identity");
    CHECK(order("xgzip, gzipp, gzi") == "identity");
}

TEST_CASE("weights are parsed strictly and kept in thousandths") {
    const auto q = [](std::string_view value) {
        const auto head = make_head({{"Accept-Encoding", value}});
        return parse_accept_encoding(head).q[static_cast<std::size_t>(coding::gzip)];
    };
    CHECK(q("gzip") == 1000);
    CHECK(q("gzip;q=1") == 1000);
    CHECK(q("gzip;q=1.") == 1000);
    CHECK(q("gzip;q=1.000") == 1000);
    CHECK(q("gzip;q=0.") == 0);
    CHECK(q("gzip;q=0.5") == 500);
    CHECK(q("gzip;q=0.25") == 250);
    CHECK(q("gzip;q=0.123") == 123);
    CHECK(q("gzip \t;\t q=0.5 ") == 500);
}

TEST_CASE("a malformed coding is ignored") {
    const auto member = GENERATE(
        as<std::string>{}, "gzip;q=", "gzip;q=2", "gzip;q=1.001", "gzip;q=1.1", "gzip;q=0.1234",
        "gzip;q=0.0000", "gzip;q=.5", "gzip;q=-0", "gzip;q=01", "gzip;q=0,5", "gzip;q= 1",
        "gzip;q =1", "gzip;q=1;q=1", "gzip;level=9", "gzip;", "gzip;;q=1", "gzip;q=0x1", "gzip q=1",
        "gzip;q=1e0", "\"gzip\"", ";q=1", "gzip;q=NaN", "gzip br");
    CAPTURE(member);
    CHECK(order(member) == "identity");
    CHECK(order("br, " + member + ", zstd;q=0.5") == "br zstd identity");
}

TEST_CASE("several Accept-Encoding lines are one list") {
    CHECK(order({{"Accept-Encoding", "gzip"}, {"Accept", "br"}, {"Accept-Encoding", "br;q=0.5"}}) ==
          "gzip br identity");
    CHECK(order({{"Accept-Encoding", ""}, {"Accept-Encoding", "gzip"}}) == "gzip identity");
}

TEST_CASE("values of Accept-Encoding are read without their head too") {
    const std::vector<std::string_view> values{"gzip;q=0.5", "br, identity;q=0"};
    const auto best_first = parse_accept_encoding(values).order();
    CHECK(best_first == coding_list{coding::br, coding::gzip});
    CHECK(parse_accept_encoding(std::vector<std::string_view>{}).order() ==
          coding_list{coding::identity});
}

TEST_CASE("of two members for one coding the later counts") {
    CHECK(order("gzip, gzip;q=0") == "identity");
    CHECK(order("gzip;q=0, x-gzip") == "gzip identity");
    CHECK(order("gzip, gzip;q=2") == "gzip identity");
}

TEST_CASE("text is worth compressing and what is compressed already is not") {
    for (const char* type :
         {"text/html; charset=utf-8", "text/css", "text/javascript; charset=utf-8",
          "application/json", "application/ld+json", "image/svg+xml", "application/xml",
          "application/wasm", "font/ttf", "application/octet-stream"}) {
        CAPTURE(type);
        CHECK(is_compressible(type));
    }
    for (const char* type : {"image/png", "image/jpeg", "font/woff2", "video/mp4",
                             "application/zip", "application/gzip", ""}) {
        CAPTURE(type);
        CHECK(!is_compressible(type));
    }
}
