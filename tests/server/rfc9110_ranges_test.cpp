// RFC 9110 section 14: parts of a file.
#include "support/small_site.hpp"

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::string_literals;

namespace {

const std::string next = request_text("/file.txt"); // glued on behind

std::string range(const std::string& value) {
    return "Range: " + value + "\r\n";
}

} // namespace

TEST_CASE("one range is that part of the file, with its place in it", "[rfc9110][14.1.2][15.3.7]") {
    struct row {
        const char* asked;
        const char* place;
        const char* body;
    };
    const row rows[] = {
        {"bytes=0-0", "bytes 0-0/26", "a"},
        {"bytes=0-4", "bytes 0-4/26", "abcde"},
        {"bytes=23-", "bytes 23-25/26", "xyz"},
        {"bytes=25-25", "bytes 25-25/26", "z"},
        {"bytes=23-99999999999999999999999", "bytes 23-25/26", "xyz"},
        {"bytes=-3", "bytes 23-25/26", "xyz"},
        {"bytes=-99999999999999999999999", "bytes 0-25/26", "abcdefghijklmnopqrstuvwxyz"},
        {"bytes=0-", "bytes 0-25/26", "abcdefghijklmnopqrstuvwxyz"},
        {"BYTES=0-0", "bytes 0-0/26", "a"}, // 14.1: case-insensitive
        {"bytes=00-01", "bytes 0-1/26", "ab"},
        {"bytes=,, 0-0 ,", "bytes 0-0/26", "a"},
        {"bytes=0-2,3-4", "bytes 0-4/26", "abcde"}, // 15.3.7.2: they adjoin
        {"bytes=2-4,0-3", "bytes 0-4/26", "abcde"}, // or overlap
        {"bytes=99-,0-0", "bytes 0-0/26", "a"},     // one of them can be satisfied
    };
    small_site site;
    const answer whole = site.ask("/file.txt");
    for (const auto& [asked, place, body] : rows) {
        CAPTURE(asked);
        const answer a = site.ask("/file.txt", range(asked));
        CHECK(a.status == 206);
        CHECK(a.body == body);
        CHECK(a.fields("Content-Range") == std::vector<std::string>{place});
        for (const char* name : {"ETag", "Last-Modified", "Content-Type", "Vary", "Cache-Control"})
            CHECK(a.fields(name) == whole.fields(name));
    }
}

TEST_CASE("several ranges are parts with a place each, and none in the head",
          "[rfc9110][14.6][15.3.7.2]") {
    small_site site;
    const answer a = site.ask("/file.txt", range("bytes=0-1, 10-11, -1"));
    CHECK(a.status == 206);
    CHECK(a.complete);
    CHECK(a.fields("Content-Range").empty());
    const std::string mark = "multipart/byteranges; boundary=";
    REQUIRE(a.field("Content-Type").starts_with(mark));
    const std::string delimiter = "--" + a.field("Content-Type").substr(mark.size());
    const std::string type = "\r\nContent-Type: text/plain; charset=utf-8\r\n";
    std::string expected;
    for (const auto& [place, bytes] : {std::pair("0-1", "ab"), {"10-11", "kl"}, {"25-25", "z"}})
        expected +=
            "\r\n" + delimiter + type + "Content-Range: bytes " + place + "/26\r\n\r\n" + bytes;
    expected += "\r\n" + delimiter + "--\r\n";
    CHECK((a.body == expected || "\r\n" + a.body == expected));
}

TEST_CASE("ranges that cannot be satisfied are 416 with the length", "[rfc9110][14.4][15.5.17]") {
    small_site site;
    for (const char* asked : {"bytes=26-", "bytes=26-30", "bytes=99-", "bytes=-0", "bytes=99-,-0",
                              "bytes=99999999999999999999999-"}) {
        CAPTURE(asked);
        const conversation all = site.say(request_text("/file.txt", range(asked)) + next);
        CHECK(all.outcome() == "416 200 kept");
        CHECK(all.answers.front().field("Content-Range") == "bytes */26");
    }
}

TEST_CASE("a Range that is malformed, of another unit or too much is ignored", "[rfc9110][14.2]") {
    std::string many = "bytes=0-0";
    for (int i = 0; i < 100; ++i)
        many += ",0-";
    small_site site;
    for (const std::string& asked : {"lines=0-1"s,
                                     "seconds=1-2"s,
                                     "bytes"s,
                                     "bytes="s,
                                     "bytes=-"s,
                                     "bytes=a-b"s,
                                     "bytes=5"s,
                                     "bytes=5-4"s,
                                     "bytes=0-1,5-4"s,
                                     "bytes=0-1;2-3"s,
                                     "bytes=+0-1"s,
                                     "bytes=0x0-1"s,
                                     "bytes=--1"s,
                                     "bytes=0-1-2"s,
                                     "bytes 0-1"s,
                                     "0-1"s,
                                     ""s,
                                     "bytes = 0-1"s,
                                     "bytes=1 - 2"s,
                                     many}) {
        CAPTURE(asked);
        const answer a = site.ask("/file.txt", range(asked));
        CHECK(a.status == 200);
        CHECK(a.body == small_site::letters);
        CHECK(a.fields("Content-Range").empty());
        CHECK(a.field("Accept-Ranges") == "bytes"); // 14.3
    }
    CHECK(site.ask("/file.txt", range("bytes=0-0") + range("bytes=1-1")).status == 200);
    CHECK(site.ask("/empty.txt", range("bytes=0-")).status == 200);
}

TEST_CASE("Range is for GET alone, and for files", "[rfc9110][14.2]") {
    small_site site;
    const answer head = site.ask("/file.txt", range("bytes=0-0"), "HEAD");
    CHECK(head.status == 200);
    CHECK(head.field("Content-Length") == "26");
    CHECK(site.ask("/file.txt", range("bytes=99-"), "HEAD").status == 200);
    CHECK(site.ask("/list", range("bytes=0-0") + "X: abc\r\n").body == "[abc]");
    CHECK(site.ask("/missing", range("bytes=0-0")).status == 404);
    CHECK(site.ask("/sub", range("bytes=0-0")).status == 308);
}

TEST_CASE("If-Range guards a range by a strong tag or an exact date", "[rfc9110][13.1.5]") {
    small_site site;
    const std::string tag = site.ask("/file.txt").field("ETag");
    const auto status = [&site](const std::string& fields) {
        const answer a = site.ask("/file.txt", range("bytes=0-0") + fields);
        CHECK(a.body == (a.status == 206 ? "a" : small_site::letters));
        return a.status;
    };
    CHECK(status("If-Range: " + tag + "\r\n") == 206);
    CHECK(status("If-Range: W/" + tag + "\r\n") == 200);
    CHECK(status("If-Range: \"a\"\r\n") == 200);
    CHECK(status("If-Range: \"a\", " + tag + "\r\n") == 200); // no list
    CHECK(status("If-Range: *\r\n") == 200);
    CHECK(status("If-Range: " + tag + "\r\nIf-Range: " + tag + "\r\n") == 200);
    CHECK(status("If-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n") == 206);
    CHECK(status("If-Range: Sunday, 06-Nov-94 08:49:37 GMT\r\n") == 206);
    CHECK(status("If-Range: Sun, 06 Nov 1994 08:49:36 GMT\r\n") == 200);
    CHECK(status("If-Range: Sun, 06 Nov 1994 08:49:38 GMT\r\n") == 200); // later will not do
    CHECK(status("If-Range: yesterday\r\n") == 200);
    CHECK(site.ask("/file.txt", range("bytes=99-") + "If-Range: \"a\"\r\n").status == 200);
    CHECK(site.ask("/file.txt", range("bytes=99-") + "If-Range: " + tag + "\r\n").status == 416);
    CHECK(site.ask("/file.txt", "If-Range: \"a\"\r\n").status == 200); // nothing to guard
}

TEST_CASE("a range of an encoded file is a range of its bytes", "[rfc9110][14.2][8.4]") {
    small_site site;
    const answer a = site.ask("/app.js", range("bytes=1-2") + "Accept-Encoding: gzip\r\n");
    CHECK(a.status == 206);
    CHECK(a.body == "zi");
    CHECK(a.field("Content-Range") == "bytes 1-2/4");
    CHECK(a.field("Content-Encoding") == "gzip");
    CHECK(a.field("Vary") == "Accept-Encoding");
}

TEST_CASE("exactly the bytes that were promised come before the next answer", "[rfc9110][8.6]") {
    small_site site;
    const conversation all =
        site.say(request_text("/file.txt", range("bytes=1-3")) +
                     request_text("/file.txt", range("bytes=0-0,9-9")) +
                     request_text("/file.txt", range("bytes=99-")) +
                     request_text("/file.txt", range("bytes=1-3"), "HEAD") + next,
                 {"GET", "GET", "GET", "HEAD"});
    CHECK(all.outcome() == "206 206 416 200 200 kept");
    CHECK(all.last().body == small_site::letters);
}
