#include "http/range.hpp"

#include "support/catch.hpp"

#include <ostream>
#include <string>
#include <vector>

using namespace ringlet::http;

namespace ringlet::http {
static std::ostream& operator<<(std::ostream& out, const byte_range& r) {
    return out << r.first << '-' << r.last;
}
} // namespace ringlet::http

namespace {

using list = std::vector<byte_range>;

range_set::kind result(std::string_view value, std::uint64_t size) {
    return parse_ranges(value, size).result;
}

/// What is to be sent; empty unless the answer is partial.
list parts(std::string_view value, std::uint64_t size) {
    const range_set set = parse_ranges(value, size);
    CHECK((set.result == range_set::kind::partial) == !set.ranges.empty());
    return {set.ranges.begin(), set.ranges.end()};
}

constexpr auto whole = range_set::kind::whole;
constexpr auto unsatisfiable = range_set::kind::unsatisfiable;

} // namespace

TEST_CASE("the examples of RFC 9110 section 14.1.2 for 10000 bytes") {
    CHECK(parts("bytes=0-499", 10'000) == list{{0, 499}});
    CHECK(parts("bytes=500-999", 10'000) == list{{500, 999}});
    CHECK(parts("bytes=-500", 10'000) == list{{9500, 9999}});
    CHECK(parts("bytes=9500-", 10'000) == list{{9500, 9999}});
    CHECK(parts("bytes=0-0,-1", 10'000) == list{{0, 0}, {9999, 9999}});
    CHECK(parts("bytes= 0-999, 4500-5499, -1000", 10'000) ==
          list{{0, 999}, {4500, 5499}, {9000, 9999}});
    CHECK(parts("bytes=500-600,601-999", 10'000) == list{{500, 999}});
    CHECK(parts("bytes=500-700,601-999", 10'000) == list{{500, 999}});
}

TEST_CASE("a range that covers everything is still a range") {
    CHECK(parts("bytes=0-", 10) == list{{0, 9}});
    CHECK(parts("bytes=0-9", 10) == list{{0, 9}});
    CHECK(parts("bytes=-10", 10) == list{{0, 9}});
}

TEST_CASE("a range beyond the end is cut there") {
    CHECK(parts("bytes=5-1000", 11) == list{{5, 10}});
    CHECK(parts("bytes=0-11", 11) == list{{0, 10}});
    CHECK(parts("bytes=10-11", 11) == list{{10, 10}});
    CHECK(parts("bytes=-15", 10) == list{{0, 9}});
}

TEST_CASE("ranges that start beyond the end cannot be satisfied") {
    CHECK(result("bytes=11-", 11) == unsatisfiable);
    CHECK(result("bytes=11-100", 11) == unsatisfiable);
    CHECK(result("bytes=12-12,100-", 11) == unsatisfiable);
    CHECK(result("bytes=-0", 11) == unsatisfiable);
    CHECK(result("bytes=-0,-00", 11) == unsatisfiable);
}

TEST_CASE("unsatisfiable ranges are left out beside satisfiable ones") {
    CHECK(parts("bytes=15-,0-5", 10) == list{{0, 5}});
    CHECK(parts("bytes=-0, 9-", 10) == list{{9, 9}});
    CHECK(parts("bytes=0-9, -10, 100000-, 20-29", 1000) == list{{0, 9}, {990, 999}, {20, 29}});
}

TEST_CASE("the unit is bytes, in any case, others are ignored") {
    CHECK(parts("BYTES=0-1", 10) == list{{0, 1}});
    CHECK(parts("Bytes=0-1", 10) == list{{0, 1}});
    CHECK(result("items=0-4", 10) == whole);
    CHECK(result("bytes =0-4", 10) == whole);
    CHECK(result("byte=0-4", 10) == whole);
    CHECK(result("bytess=0-4", 10) == whole);
}

TEST_CASE("a malformed set is ignored") {
    const auto value = GENERATE(
        as<std::string>{}, "", "foo", "bytes", "bytes=", "bytes=   ", "bytes= , , ,", "bytes=7",
        "bytes=-", "bytes=5-4", "bytes=0-2,5-4", "bytes=2-5,4-3", "bytes=--5,4--3", "bytes=A-",
        "bytes=A-Z", "bytes=-Z", "bytes=5-Z", "bytes=0x01-0x02", "bytes=10-11 12-", "bytes=1 -2",
        "bytes=1- 2", "bytes=+1-2", "bytes=-+2", "bytes=- 2", "bytes=1-2-3", "bytes=0-1;2-3",
        "bytes=100-,x", "bytes=0-1.5");
    CAPTURE(value);
    CHECK(result(value, 10) == whole);
}

TEST_CASE("white space and empty members between ranges are put up with") {
    CHECK(parts("bytes=0-0 ,2-2, 7-", 11) == list{{0, 0}, {2, 2}, {7, 10}});
    CHECK(parts("bytes=,0-0,,\t2-2,", 11) == list{{0, 0}, {2, 2}});
}

TEST_CASE("an empty file is sent whole") {
    CHECK(result("bytes=0-", 0) == whole);
    CHECK(result("bytes=1-5", 0) == whole);
    CHECK(result("bytes=-5", 0) == whole);
    CHECK(result("bytes=-0", 0) == whole);
}

TEST_CASE("numbers of more than 64 bits lie beyond the end") {
    CHECK(parts("bytes=1-18446744073709551616", 10) == list{{1, 9}});
    CHECK(parts("bytes=-99999999999999999999999999", 10) == list{{0, 9}});
    CHECK(result("bytes=18446744073709551616-", 10) == unsatisfiable);
    CHECK(result("bytes=99999999999999999999-99999999999999999999", 10) == unsatisfiable);
    CHECK(result("bytes=99999999999999999999-5", 10) == whole);
    CHECK(parts("bytes=00000000000000000000001-2", 10) == list{{1, 2}});
    CHECK(parts("bytes=18446744073709551614-", UINT64_MAX) ==
          list{{UINT64_MAX - 1, UINT64_MAX - 1}});
    CHECK(result("bytes=0-,0-", UINT64_MAX) == whole);
}

TEST_CASE("ranges are sent in the order asked for") {
    CHECK(parts("bytes=8-9,0-1,4-5", 10) == list{{8, 9}, {0, 1}, {4, 5}});
}

TEST_CASE("ranges that overlap or adjoin are sent as one, in the place of the first") {
    CHECK(parts("bytes=-2 , 7-", 11) == list{{7, 10}});
    CHECK(parts("bytes=0-9, -10, 10-19", 1000) == list{{0, 19}, {990, 999}});
    CHECK(parts("bytes=50-59,0-0,40-49", 100) == list{{40, 59}, {0, 0}});
    CHECK(parts("bytes=0-3,10-13,20-23,2-21", 100) == list{{0, 23}});
    CHECK(parts("bytes=90-95,10-13,20-23,12-20,0-1", 100) == list{{90, 95}, {10, 23}, {0, 1}});
    CHECK(parts("bytes=5-6,5-6", 100) == list{{5, 6}});
    CHECK(parts("bytes=0-1,3-4", 100) == list{{0, 1}, {3, 4}});
}

TEST_CASE("ranges that together exceed the file are ignored") {
    CHECK(result("bytes=0-,1-,2-,3-,4-", 11) == whole);
    CHECK(result("bytes=0-10001, 0-0", 1000) == whole);
    CHECK(result("bytes=0-5,4-9", 10) == whole);
    CHECK(parts("bytes=0-5,6-9", 10) == list{{0, 9}});
}

TEST_CASE("more ranges than the limit are ignored") {
    std::string value = "bytes=";
    for (std::size_t i = 0; i < ringlet::limits::ranges_per_request; ++i)
        value += std::to_string(i * 10) + "-" + std::to_string(i * 10 + 1) + ",";
    CHECK(parts(value, 1000).size() == ringlet::limits::ranges_per_request);
    CHECK(result(value + "900-901", 1000) == whole);
    CHECK(result(value + "5000-", 1000) == whole);
}

TEST_CASE("Content-Range says where a part lies, or how long the file is") {
    std::string out;
    append_content_range(out, {42, 1233}, 1234);
    CHECK(out == "bytes 42-1233/1234");
    out = "Content-Range: ";
    append_unsatisfied_range(out, 1234);
    CHECK(out == "Content-Range: bytes */1234");
    out.clear();
    append_content_range(out, {0, UINT64_MAX - 1}, UINT64_MAX);
    CHECK(out == "bytes 0-18446744073709551614/18446744073709551615");
}

TEST_CASE("a boundary is 16 hex digits") {
    CHECK(make_boundary(0x0123456789abcdef).view() == "0123456789abcdef");
    CHECK(make_boundary(0).view() == "0000000000000000");
    CHECK(make_boundary(UINT64_MAX).view() == "ffffffffffffffff");
}

TEST_CASE("a multipart message reads as RFC 9110 section 14.6 has it") {
    const auto boundary = make_boundary(0xfeed);
    std::string out;
    append_multipart_type(out, boundary);
    CHECK(out == "multipart/byteranges; boundary=000000000000feed");
    out.clear();
    append_part_head(out, boundary, "text/plain", {0, 1}, 9);
    out += "12";
    append_part_head(out, boundary, "text/plain", {7, 8}, 9);
    out += "89";
    append_multipart_end(out, boundary);
    CHECK(out == "\r\n--000000000000feed\r\n"
                 "Content-Type: text/plain\r\nContent-Range: bytes 0-1/9\r\n\r\n12"
                 "\r\n--000000000000feed\r\n"
                 "Content-Type: text/plain\r\nContent-Range: bytes 7-8/9\r\n\r\n89"
                 "\r\n--000000000000feed--\r\n");
}

TEST_CASE("the length of a multipart message is exact") {
    const std::uint64_t size = GENERATE(as<std::uint64_t>{}, 10, 99, 100, 12'345, 1'000'000);
    const std::string type = GENERATE(as<std::string>{}, "text/html; charset=utf-8", "a/b");
    const auto boundary = make_boundary(7);
    const list ranges{{0, 0}, {size / 2, size / 2 + 2}, {size - 1, size - 1}};
    std::string out;
    for (const byte_range& range : ranges) {
        append_part_head(out, boundary, type, range, size);
        out.append(range.length(), 'x');
    }
    append_multipart_end(out, boundary);
    CHECK(multipart_length(type, ranges, size) == out.size());
}
