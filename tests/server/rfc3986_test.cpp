// RFC 3986, URIs: what the path and the query of a target are to files and to handlers.
#include "support/small_site.hpp"

using namespace ringlet;
using namespace ringlet::testing;

namespace {

std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

} // namespace

TEST_CASE("a path is percent-decoded once, in either case of the digits", "[rfc3986][2.1][2.4]") {
    small_site site;
    const auto told = [&site](const std::string& path) { return site.ask("/tell/" + path).body; };
    CHECK(told("a%20b") == "/tell/a b\n");
    CHECK(told("%c3%a9%C3%A9%c3%A9") == "/tell/\xc3\xa9\xc3\xa9\xc3\xa9\n");
    CHECK(told("%41%7a%7E") == "/tell/Az~\n");
    CHECK(told("%2541") == "/tell/%41\n");
    CHECK(told("%252e%252e%252f") == "/tell/%2e%2e%2f\n");
    CHECK(told("%25") == "/tell/%\n");
    CHECK(told("a+b") == "/tell/a+b\n");
    CHECK(told("%ff") == "/tell/\xff\n");
}

TEST_CASE("unreserved characters are the same with and without encoding", "[rfc3986][6.2.2.2]") {
    small_site site;
    for (const char* target : {"/file.txt", "/%66ile.txt", "/file%2Etxt", "/file%2etxt",
                               "/%66%69%6C%65%2E%74%78%74", "/./file.txt", "/%2e/file.txt",
                               "/sub/../file.txt", "/sub/%2E./file.txt", "/sub/.%2e/file.txt"}) {
        CAPTURE(target);
        CHECK(site.ask(target).body == small_site::letters);
    }
    CHECK(site.ask("/t%65ll/x").body == "/tell/x\n"); // for routes as for files
    CHECK(site.ask("/a%20b.txt").body == "a space");
    CHECK(site.ask("/FILE.TXT").status == 404); // a path is case-sensitive
}

TEST_CASE("reserved characters stand for themselves in paths and queries", "[rfc3986][2.2][3.3]") {
    small_site site;
    const std::string reserved = "!$&'()*+,;=:@-._~";
    CHECK(site.ask("/tell/" + reserved).body == "/tell/" + reserved + '\n');
    CHECK(site.ask("/tell/x;a=b/c,d").body == "/tell/x;a=b/c,d\n");
    CHECK(site.ask("/tell/%3f%23%3B").body == "/tell/?#;\n"); // no query and no fragment
    CHECK(site.ask("/tell/x?" + reserved + "/?").body == "/tell/x\n" + reserved + "/?");
    CHECK(site.ask("/tell/x?a=%2f%00&b=%zz").body == "/tell/x\na=%2f%00&b=%zz"); // as it came
    CHECK(site.ask("/tell/x?a?b").body == "/tell/x\na?b");
    CHECK(site.ask("/tell/x?").body == "/tell/x\n");
    CHECK(site.ask("/tell/x?/../file.txt").body == "/tell/x\n/../file.txt");
    CHECK(site.ask("/file.txt?query").body == small_site::letters);
}

TEST_CASE("an encoded slash is no separator and nothing is found by it", "[rfc3986][2.2]") {
    small_site site;
    for (const char* target : {"/sub%2findex.html", "/sub%2Findex.html", "/%2ffile.txt",
                               "/tell/a%2fb", "/sub/..%2ffile.txt", "/sub%2f..%2ffile.txt"}) {
        CAPTURE(target);
        CHECK(site.outcome(get(target)) == "404 kept");
    }
}

TEST_CASE("an escape that is malformed or of NUL ends the connection", "[rfc3986][2.1][7.3]") {
    small_site site;
    for (const char* target : {"/%00", "/file.txt%00", "/file.txt%00.html", "/tell/%00", "/%",
                               "/%4", "/%4/", "/%zz", "/%u0041", "/% 41", "/tell/%-1", "/%%35c"}) {
        CAPTURE(target);
        CHECK(site.outcome(get(target) + get("/file.txt")) == "400 closed");
    }
}

TEST_CASE("dot segments are removed and lead nowhere above the root", "[rfc3986][5.2.4][6.2.2.3]") {
    small_site site;
    CHECK(site.ask("/tell/a/./b/../c").body == "/tell/a/c\n");
    CHECK(site.ask("/tell/a/b/../../c/").body == "/tell/c/\n");
    CHECK(site.ask("/tell/a/.").body == "/tell/a/\n");
    CHECK(site.ask("/tell/a/b/..").body == "/tell/a/\n");
    CHECK(site.ask("/tell/...").body == "/tell/...\n");
    CHECK(site.ask("/missing/../tell/a").body == "/tell/a\n");
    CHECK(site.ask("/tell/a%5c..%5cb").body == "/tell/a\\..\\b\n"); // no separator here
    for (const char* target : {"/..", "/../file.txt", "/%2e%2e/file.txt", "/.%2E/file.txt",
                               "/sub/../../file.txt", "/./../file.txt", "/..//file.txt"}) {
        CAPTURE(target);
        CHECK(site.outcome(get(target) + get("/file.txt")) == "400 closed");
    }
    CHECK(site.outcome(get("/..%2f..%2fetc/passwd")) == "404 kept");
    CHECK(site.outcome(get("/..%5c..%5cetc/passwd")) == "404 kept");
}

TEST_CASE("bytes that no URI has are refused", "[rfc3986][2]") {
    small_site site;
    for (const char* target :
         {"/\xc3\xa9", "/\xff", "/a\x7f", "/a\x01", "/file.txt#top", "/#", "/file.txt?a#b"}) {
        CAPTURE(target);
        CHECK(site.outcome(get(target) + get("/file.txt")) == "400 closed");
    }
}

TEST_CASE("an absolute-form names a host and perhaps a port", "[rfc3986][3.2][rfc9110][4.2]") {
    small_site site;
    for (const char* authority :
         {"a", "a.example", "A.EXAMPLE", "a.example.", "a-b_c", "192.0.2.1", "[::1]",
          "[2001:db8::1]", "[::ffff:192.0.2.1]", "a:", "a:80", "a:65535", "[::1]:8080", "a%20b"}) {
        CAPTURE(authority);
        const std::string target = "http://" + std::string(authority) + "/file.txt";
        CHECK(site.outcome(get(target)) == "200 kept");
        CHECK(site.outcome("GET /file.txt HTTP/1.1\r\nHost: " + std::string(authority) +
                           "\r\n\r\n") == "200 kept");
    }
    for (const char* authority :
         {"u@a",     "u:p@a",       "@a",    ":80",       "a:b",         "a:-1",
          "a:65536", "a:80:80",     "[::1",  "::1",       "[]",          "[::1]x",
          "[::1]80", "[192.0.2.1]", "[::g]", "[1::2::3]", "192.0.2.256", "a%",
          "a%4",     "a\\b",        "a|b",   "a\"b",      "a..b",        "[::1%25lo]"}) {
        CAPTURE(authority);
        const std::string target = "http://" + std::string(authority) + "/file.txt";
        CHECK(site.outcome(get(target)) == "400 closed");
        CHECK(site.outcome("GET /file.txt HTTP/1.1\r\nHost: " + std::string(authority) +
                           "\r\n\r\n") == "400 closed");
    }
    CHECK(site.outcome(get("http:///file.txt")) == "400 closed"); // RFC 9110 section 4.2.1
    CHECK(site.outcome(get("http:/file.txt")) == "400 closed");
    CHECK(site.outcome(get("http:file.txt")) == "400 closed");
}

TEST_CASE("an absolute-form without path is that of the root", "[rfc3986][6.2.3]") {
    small_site site;
    for (const char* target : {"http://a", "http://a/", "http://a?q", "http://a:80?q=/../"}) {
        CAPTURE(target);
        CHECK(site.outcome(get(target)) == "404 kept"); // there is no index.html
    }
    CHECK(site.say(get("http://a/tell/%41?q")).last().body == "/tell/A\nq");
    CHECK(site.outcome(get("http://a/../file.txt")) == "400 closed");
}

TEST_CASE("the Location of a folder without its slash is a path with its query", "[rfc3986][4.2]") {
    small_site site;
    CHECK(site.ask("/sub").field("Location") == "/sub/");
    CHECK(site.ask("/sub?a=b&c=%2f").field("Location") == "/sub/?a=b&c=%2f");
    CHECK(site.ask("//sub").field("Location") == "/sub/"); // never another host
    CHECK(site.ask("/%73ub").field("Location") == "/sub/");
    CHECK(site.say(get("http://evil.example/sub")).last().field("Location") == "/sub/");
}
