// RFC 9110 section 13: conditional requests, for a file.
#include "support/small_site.hpp"

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::string_literals;

namespace {

const std::string next = request_text("/file.txt"); // glued on behind

// The date of file.txt, a second before and a second after.
const std::string then(small_site::modified);
const std::string before = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string after = "Sun, 06 Nov 1994 08:49:38 GMT";

std::string line(const std::string& name, const std::string& value) {
    return name + ": " + value + "\r\n";
}

class conditions {
  public:
    unsigned operator()(const std::string& fields, const char* method = "GET") {
        return site.ask("/file.txt", fields, method).status;
    }
    small_site site;
    const std::string tag = site.ask("/file.txt").field("ETag");
};

} // namespace

TEST_CASE("a file has a strong validator and a date", "[rfc9110][8.8]") {
    small_site site;
    const answer a = site.ask("/file.txt");
    CHECK(a.field("Last-Modified") == then);
    CHECK(a.field("ETag").starts_with('"'));
    CHECK(a.field("ETag").ends_with('"'));
    CHECK(a.fields("ETag").size() == 1);
    CHECK(site.ask("/file.txt").field("ETag") == a.field("ETag"));
    CHECK(site.ask("/app.js").field("ETag") !=
          site.ask("/app.js", "Accept-Encoding: br\r\n").field("ETag")); // 8.8.3.3
}

TEST_CASE("If-Match compares strongly and fails with 412", "[rfc9110][13.1.1]") {
    conditions status;
    for (const char* method : {"GET", "HEAD"}) {
        CHECK(status(line("If-Match", status.tag), method) == 200);
        CHECK(status(line("If-Match", "*"), method) == 200);
        CHECK(status(line("If-Match", "\"a\", " + status.tag), method) == 200);
        CHECK(status(line("If-Match", "\"a\"") + line("If-Match", status.tag), method) == 200);
        CHECK(status(line("If-Match", ",, " + status.tag + " ,"), method) == 200);
        CHECK(status(line("If-Match", "\"a,b\"," + status.tag), method) == 200);
        CHECK(status(line("If-Match", "\"a\""), method) == 412);
        CHECK(status(line("If-Match", "W/" + status.tag), method) == 412);
        CHECK(status(line("If-Match", ""), method) == 412);
        CHECK(status(line("If-Match", status.tag.substr(1, status.tag.size() - 2)), method) == 412);
    }
}

TEST_CASE("If-None-Match compares weakly and is 304", "[rfc9110][13.1.2]") {
    conditions status;
    for (const char* method : {"GET", "HEAD"}) {
        CHECK(status(line("If-None-Match", status.tag), method) == 304);
        CHECK(status(line("If-None-Match", "*"), method) == 304);
        CHECK(status(line("If-None-Match", "W/" + status.tag), method) == 304);
        CHECK(status(line("If-None-Match", "\"a\", W/\"b\" ," + status.tag), method) == 304);
        CHECK(status(line("If-None-Match", "\"a\"") + line("If-None-Match", status.tag), method) ==
              304);
        CHECK(status(line("If-None-Match", "\"a\""), method) == 200);
        CHECK(status(line("If-None-Match", "w/" + status.tag), method) == 200); // W is a capital
        CHECK(status(line("If-None-Match", "\"*\""), method) == 200);
        CHECK(status(line("If-None-Match", ""), method) == 200);
    }
}

TEST_CASE("a date is understood in its three formats", "[rfc9110][5.6.7][13.1.3]") {
    conditions status;
    for (const char* same : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"}) {
        CAPTURE(same);
        CHECK(status(line("If-Modified-Since", same)) == 304);
        CHECK(status(line("If-Modified-Since", same), "HEAD") == 304);
        CHECK(status(line("If-Unmodified-Since", same)) == 200);
    }
    for (const char* earlier : {"Sun, 06 Nov 1994 08:49:36 GMT", "Sunday, 06-Nov-94 08:49:36 GMT",
                                "Sun Nov  6 08:49:36 1994"}) {
        CAPTURE(earlier);
        CHECK(status(line("If-Modified-Since", earlier)) == 200);
        CHECK(status(line("If-Unmodified-Since", earlier)) == 412);
    }
    CHECK(status(line("If-Modified-Since", after)) == 304);
    CHECK(status(line("If-Unmodified-Since", after)) == 200);
}

TEST_CASE("a date that is invalid or repeated is no condition", "[rfc9110][13.1.3][13.1.4]") {
    conditions status;
    for (const char* invalid :
         {"", "yesterday", "0", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 06 Nov 1994 08:49:37 +0000", "1994-11-06T08:49:37Z", "784111777",
          "Sun, 06 Nov 1994 08:49:37 GMT; length=26"}) {
        CAPTURE(invalid);
        CHECK(status(line("If-Modified-Since", invalid)) == 200);
        CHECK(status(line("If-Unmodified-Since", invalid)) == 200);
    }
    CHECK(status(line("If-Modified-Since", then) + line("If-Modified-Since", then)) == 200);
    CHECK(status(line("If-Unmodified-Since", before) + line("If-Unmodified-Since", before)) == 200);
}

TEST_CASE("conditions are evaluated in their order of precedence", "[rfc9110][13.2.2]") {
    conditions status;
    const std::string match = line("If-Match", status.tag);
    const std::string mismatch = line("If-Match", "\"a\"");
    const std::string none = line("If-None-Match", "\"a\"");
    const std::string known = line("If-None-Match", status.tag);
    const std::string newer = line("If-Modified-Since", before);
    const std::string same = line("If-Modified-Since", then);
    const std::string older = line("If-Unmodified-Since", before);
    const std::string unmodified = line("If-Unmodified-Since", then);
    const std::pair<std::string, unsigned> rows[] = {
        {match + older, 200},    {mismatch + unmodified, 412}, {none + same, 200},
        {known + newer, 304},    {match + known, 304},         {mismatch + known, 412},
        {match + none, 200},     {mismatch + none, 412},       {unmodified + known, 304},
        {older + known, 412},    {older + none, 412},          {match + same, 304},
        {mismatch + same, 412},  {unmodified + same, 304},     {unmodified + newer, 200},
        {older + same, 412},     {match + older + same, 304},  {match + older + none + same, 200},
        {known + mismatch, 412}, {same + none, 200}, // the order of the lines is nothing
    };
    for (const auto& [fields, expected] : rows) {
        CAPTURE(fields);
        CHECK(status(fields) == expected);
        CHECK(status(fields, "HEAD") == expected);
    }
}

TEST_CASE("a condition fails before a range is looked at", "[rfc9110][13.2.2]") {
    conditions status;
    const std::string range = "Range: bytes=0-1\r\n";
    CHECK(status(range) == 206);
    CHECK(status(range + line("If-Match", status.tag)) == 206);
    CHECK(status(range + line("If-Match", "\"a\"")) == 412);
    CHECK(status(range + line("If-None-Match", status.tag)) == 304);
    CHECK(status(range + line("If-Match", "\"a\"") + line("If-Range", status.tag)) == 412);
    CHECK(status("Range: bytes=99-\r\n" + line("If-None-Match", status.tag)) == 304);
}

TEST_CASE("conditions are nothing where the answer is no 2xx", "[rfc9110][13.2.1]") {
    small_site site;
    for (const char* fields :
         {"If-Match: *\r\n", "If-Match: \"a\"\r\n", "If-None-Match: *\r\n",
          "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
          "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n", "If-Range: \"a\"\r\n"}) {
        CAPTURE(fields);
        CHECK(site.ask("/missing", fields).status == 404);
        CHECK(site.ask("/sub", fields).status == 308);
        CHECK(site.ask("/file.txt", fields, "DELETE").status == 405);
    }
}

TEST_CASE("a 304 has the validators that a 200 has, and no content", "[rfc9110][15.4.5]") {
    small_site site;
    for (const char* target : {"/file.txt", "/app.js", "/picture.png"}) {
        CAPTURE(target);
        const answer whole = site.ask(target);
        const std::string known = line("If-None-Match", whole.field("ETag"));
        const conversation all = site.say(request_text(target, known) + next);
        CHECK(all.outcome() == "304 200 kept");
        for (const char* name : {"ETag", "Last-Modified", "Vary", "Cache-Control"})
            CHECK(all.answers.front().fields(name) == whole.fields(name));
        for (const char* name : {"Content-Type", "Content-Encoding", "Content-Range"})
            CHECK(all.answers.front().fields(name).empty());
    }
}
