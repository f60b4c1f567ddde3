#include "http/head_rules.hpp"

#include "support/catch.hpp"
#include "support/request_heads.hpp"

#include <string>

using namespace ringlet;
using namespace ringlet::http;
using namespace ringlet::testing;
using namespace std::string_literals;

TEST_CASE("HTTP/1.1 needs one valid Host", "[http][head_rules]") {
    check_bad("GET / HTTP/1.1\r\n\r\n", status::bad_request);
    check_bad("GET / HTTP/1.1\r\nX-Host: h\r\n\r\n", status::bad_request);
    check_bad(with_fields("Host: h\r\n"), status::bad_request);
    check_bad(with_fields("hOST: other\r\n", "1.0"), status::bad_request);

    for (const char* host : {" example.com", " example.com.", " h:8080", " h:", " 127.0.0.1",
                             " 127.0.0.1:80", " [::1]", " [::1]:80", " [::ffff:1.2.3.4]", " a_b",
                             " h%41", " 0x1", "\th \t", " a!$&'()*+,;=~b", " 1a"})
        check_good(with_host(host));
    for (const char* host :
         {" a b",    " a,b c",     " h:x",       " h:-1", " h:65536", " h:80:80",
          " :80",    " u@h",       " h/",        " h?",   " ../h",    " h%4",
          " h%zz",   " h\x80",     " \"h\"",     " <h>",  " [::1",    " ::1",
          " [::1]x", " [::1]x:80", " [1.2.3.4]", " []",   " [h]",     " [::1%eth0]",
          " 1.2.3",  " 256.1.1.1", " a.1",       " .",    " .h",      " a..b"})
        check_bad(with_host(host), status::bad_request);
    check_bad("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", status::bad_request);
}

TEST_CASE("an empty Host stands for a target without authority", "[http][head_rules]") {
    check_good(with_host(""));
    check_good("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n");
    // The target's own host counts, whatever Host says.
    check_good("GET http://h/ HTTP/1.1\r\nHost:\r\n\r\n");
    check_bad("GET / HTTP/1.1\r\nHost:\r\nHost: h\r\n\r\n", status::bad_request);
}

TEST_CASE("fields of one value are not repeated", "[http][head_rules]") {
    for (const std::string name : {"Authorization", "Content-Type"}) {
        check_good(with_fields(name + ": a\r\n"));
        check_bad(with_fields(name + ": a\r\n" + name + ": a\r\n"), status::bad_request);
        check_bad(with_fields(name + ": a\r\nX: y\r\n" + name + ": b\r\n"), status::bad_request);
    }
    for (const std::string name : {"If-Modified-Since", "If-Unmodified-Since", "If-Range"}) {
        check_good(with_fields(name + ": a\r\nX: y\r\n" + name + ": a\r\n"));
        check_bad(with_fields(name + ": a\r\n" + name + ": b\r\n"), status::bad_request);
    }
    check_good(with_fields("Range: bytes=0-1\r\nRange: bytes=2-3\r\n"));
    check_good(with_fields("Accept: a/b\r\nAccept: c/d\r\nIf-Match: \"a\"\r\nIf-Match: \"b\"\r\n"));
}

TEST_CASE("Content-Length frames the content", "[http][head_rules]") {
    const auto bytes = with_fields("Content-Length: 007\r\n");
    CHECK(parsed(bytes).body == framing::content_length);
    CHECK(parsed(bytes).content_length == 7);
    const auto zero = with_fields("Content-Length: 0\r\n", "1.0");
    CHECK(parsed(zero).body == framing::content_length);
    CHECK(parsed(zero).content_length == 0);
}

TEST_CASE("an unclear Content-Length is refused", "[http][head_rules]") {
    for (const char* value : {"", "+1", "-1", "a", "0x10", "1.0", "1e3", "1,1", "1, 2", "1,", ",1",
                              "1 1", "\"1\"", "18446744073709551616", "99999999999999999999999"})
        check_bad(with_fields("Content-Length: "s + value + "\r\n"), status::bad_request);
    check_bad(with_fields("Content-Length: 1\r\nContent-Length: 2\r\n"), status::bad_request);
    check_bad(with_fields("Content-Length: 1\r\nContent-Length: 1\r\n"), status::bad_request);
}

TEST_CASE("chunked frames the content when it is the only coding", "[http][head_rules]") {
    for (const char* value : {"chunked", "CHUNKED", " chunked\t"}) {
        const auto bytes = with_fields("Transfer-Encoding:"s + value + "\r\n");
        CHECK(parsed(bytes).body == framing::chunked);
    }
}

TEST_CASE("an unclear Transfer-Encoding is refused", "[http][head_rules]") {
    for (const char* value :
         {"", "gzip", "identity", "chunked, gzip", "chunked, chunked", "chunked, identity",
          "chunked,", ",chunked", "xchunked", "chunkedx", "chunked;q=1", "\"chunked\"", "chun ked"})
        check_bad(with_fields("Transfer-Encoding: "s + value + "\r\n"), status::bad_request);
    const auto te = [](const char* value) { return "Transfer-Encoding: "s + value + "\r\n"; };
    check_bad(with_fields(te("chunked") + te("chunked")), status::bad_request);
    check_bad(with_fields(te("chunked") + te("gzip")), status::bad_request);
    check_bad(with_fields(te("chunked"), "1.0"), status::bad_request);

    check_bad(with_fields(te("gzip, chunked")), status::not_implemented);
    check_bad(with_fields(te("gzip") + te("chunked")), status::not_implemented);
}

TEST_CASE("both Content-Length and Transfer-Encoding are refused", "[http][head_rules]") {
    const std::string cl = "Content-Length: 5\r\n";
    for (const std::string& te : {"Transfer-Encoding: chunked\r\n"s, "Transfer-Encoding: x\r\n"s,
                                  "Transfer-Encoding: gzip, chunked\r\n"s}) {
        check_bad(with_fields(cl + te), status::bad_request);
        check_bad(with_fields(te + cl), status::bad_request);
    }
}

TEST_CASE("the version and Connection say whether to keep the connection", "[http][head_rules]") {
    struct row {
        const char* version;
        const char* lines;
        bool keep_alive;
    };
    const row rows[] = {
        {"1.1", "", true},
        {"1.0", "", false},
        {"1.1", "Connection: close\r\n", false},
        {"1.1", "Connection: keep-alive, CLOSE\r\n", false},
        {"1.1", "Connection: upgrade\r\nConnection: x ,\tClose\r\n", false},
        {"1.1", "Connection: closed, not-close\r\n", true},
        {"1.1", "Proxy-Connection: close\r\n", true},
        {"1.1", "Proxy-Connection: a b\r\n", true},
        {"1.1", "Connection:\r\n", true},
        {"1.0", "Connection: Keep-Alive\r\n", true},
        {"1.0", "Connection: x\r\nConnection: y, keep-alive\r\n", true},
        {"1.0", "Connection: keep-alive\r\nConnection: close\r\n", false},
        {"1.0", "Keep-Alive: 5\r\n", false},
        {"1.0", "Proxy-Connection: keep-alive\r\n", false},
    };
    for (const row& r : rows) {
        const auto bytes = with_fields(r.lines, r.version);
        INFO(bytes);
        CHECK(parsed(bytes).keep_alive == r.keep_alive);
    }
}

TEST_CASE("100-continue is the one expectation known", "[http][head_rules]") {
    const auto expecting = with_fields("Expect: 100-Continue\r\nContent-Length: 1\r\n");
    CHECK(parsed(expecting).expect_continue);
    const auto twice = with_fields("Expect: 100-continue,, 100-continue\r\n");
    CHECK(parsed(twice).expect_continue);
    for (const char* value : {"200-ok", "100-continue, x", "100", "100-continue=1"})
        check_bad(with_fields("Expect: "s + value + "\r\n"), status::expectation_failed);

    SECTION("an HTTP/1.0 client's is ignored") {
        const auto old = with_fields("Expect: 100-continue, x\r\n", "1.0");
        CHECK_FALSE(parsed(old).expect_continue);
    }
}
