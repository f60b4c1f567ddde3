#include "http/parser.hpp"

#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/request_heads.hpp"

#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::http;
using namespace ringlet::testing;
using namespace std::string_literals;

TEST_CASE("a request head is parsed into views of its input", "[http][parser]") {
    const std::string bytes = "GET /a%20b?x=1 HTTP/1.1\r\n"
                              "Host: example.com:8080\r\n"
                              "X-Odd:\t padded\tvalue \t\r\n"
                              "accept: a\r\n"
                              "Accept: b\xff\r\n"
                              "X-Empty:\r\n"
                              "\r\nbody";
    const request_head head = parsed(bytes);
    CHECK(head.method == verb::get);
    CHECK(head.method_name == "GET");
    CHECK(head.target == "/a%20b?x=1");
    CHECK(head.version == 11);
    REQUIRE(head.fields.size() == 5);
    CHECK(head.fields[1].id == field_id::unknown);
    CHECK(head.fields[1].name == "X-Odd");
    CHECK(head.fields[1].value == "padded\tvalue");
    CHECK(head.fields[3].value == "b\xff");
    CHECK(head.fields[4].value.empty());
    REQUIRE(head.find(field_id::accept).has_value());
    CHECK(head.find(field_id::accept)->value == "a");
    CHECK(head.body == framing::none);
    CHECK(head.keep_alive);
    CHECK_FALSE(head.expect_continue);
    for (const field_view& f : head.fields) {
        CHECK(f.name.data() > bytes.data());
        CHECK(f.value.data() < bytes.data() + bytes.size());
    }
}

TEST_CASE("a reused head holds nothing of the request before", "[http][parser]") {
    request_head head;
    const auto first = with_fields("Transfer-Encoding: chunked\r\nConnection: close\r\n");
    REQUIRE(parse_request_head(first, head).what == outcome::complete);
    REQUIRE(head.body == framing::chunked);
    REQUIRE(parse_request_head("GET / HTTP/1.1\r\nHost: h\r\n\r\n", head).what ==
            outcome::complete);
    CHECK(head.fields.size() == 1);
    CHECK(head.body == framing::none);
    CHECK(head.keep_alive);
}

TEST_CASE("good heads are complete exactly at their end", "[http][parser]") {
    check_good("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    check_good("GET / HTTP/1.0\r\n\r\n");
    check_good("M-SEARCH / HTTP/1.1\r\nhOsT:h\r\n\r\n");
    check_good("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
    check_good("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n");
    check_good("GET http://h:80?q HTTP/1.1\r\nHost: other\r\n\r\n");
    check_good("GET HTTPS://[::1]/ HTTP/1.1\r\nHost: [::1]\r\n\r\n");
    check_good("GET /\"<>\\^`{|}%zz HTTP/1.1\r\nHost: h\r\n\r\n");
    check_good(with_fields("Content-Length: 18446744073709551615\r\n"));
    check_good(with_fields("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"));
    check_good(with_fields("X: a\r\nX:\r\nX:   \r\n"));
}

TEST_CASE("a few empty lines before the request line are skipped", "[http][parser]") {
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    std::string lines;
    for (std::size_t n = 0; n < limits::leading_empty_lines; ++n) {
        lines += "\r\n";
        check_good(lines + request);
    }
    check_bad(lines + "\r\n" + request, status::bad_request);
    check_bad("\n" + request, status::bad_request);
    check_bad("\r" + request, status::bad_request);
    check_bad(" \r\n" + request, status::bad_request);
}

TEST_CASE("malformed request lines are refused", "[http][parser]") {
    const std::vector<std::string> lines = {
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /",
        "GET / ",
        "GET",
        "G@T / HTTP/1.1",
        "GET: / HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/11",
        "GET / HTTP/1.1.1",
        "GET / HTTP/1.10",
        "GET / HTTP/a.1",
        "GET / HTTQ/1.1",
        "GET / HTTP 1.1",
        "GET /\x7f HTTP/1.1",
        "GET /\x80 HTTP/1.1",
        "GET /\xc3\xa9 HTTP/1.1",
        "GET /#f HTTP/1.1",
        "GET http://h/#f HTTP/1.1",
        "GET /\x01 HTTP/1.1",
        "GET /\0 HTTP/1.1"s,
        "GE\0T / HTTP/1.1"s,
    };
    for (const std::string& line : lines)
        check_bad(with_line(line), status::bad_request);
}

TEST_CASE("a later HTTP/1 is spoken as HTTP/1.1, and no other version at all", "[http][parser]") {
    for (const std::string& version : {"1.2"s, "1.9"s}) {
        const auto bytes = with_line("GET / HTTP/" + version);
        check_good(bytes);
        CHECK(parsed(bytes).version == 11);
        CHECK(parsed(bytes).keep_alive);
    }
    for (const std::string& version : {"2.0"s, "3.0"s, "0.9"s, "9.9"s, "2.1"s})
        check_bad(with_line("GET / HTTP/" + version), status::http_version_not_supported);
    check_bad("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status::http_version_not_supported);
}

TEST_CASE("a method that nobody knows is not implemented", "[http][parser]") {
    for (const std::string& method : {"BREW"s, "get"s, "GETT"s, "!#$%&'*+-.^_`|~09"s})
        check_bad(with_line(method + " / HTTP/1.1"), status::not_implemented);

    const auto bytes = with_line("BREW /pot HTTP/1.1");
    request_head head;
    parse_request_head(bytes, head);
    CHECK(head.method == verb::unknown);
    CHECK(head.method_name == "BREW");

    SECTION("but a malformed head is told first") {
        check_bad("BREW / HTTP/1.1\r\n\r\n", status::bad_request);
    }
    SECTION("and one too long does not have to end") {
        const std::string longest(limits::method_bytes, 'M');
        CHECK(parse_guarded(longest).what == outcome::partial);
        CHECK(parse_guarded(longest + 'M').error == status::not_implemented);
        check_bad(with_line(longest + "M / HTTP/1.1"), status::not_implemented);
    }
}

TEST_CASE("the form of the target must suit the method", "[http][parser]") {
    const std::vector<std::string> lines = {
        "GET *",
        "POST *",
        "OPTIONS **",
        "GET h:80",
        "GET h",
        "GET a/b",
        "GET ?q",
        "GET ../a",
        "CONNECT /",
        "CONNECT h",
        "CONNECT h:",
        "CONNECT :80",
        "CONNECT *",
        "CONNECT http://h/",
        "CONNECT [::1]",
        "CONNECT a@h:80",
        "GET ftp://h/",
        "GET http:/h/",
        "GET http://",
        "GET http:///a",
        "GET http://?q",
        "GET http://:80/",
        "GET http://u@h/",
        "GET http://u:p@h/",
        "GET http://h:x/",
        "GET http://[h]/",
        "GET http://[::1/",
        "BREW *",
        "GET http://h:99999/",
    };
    for (const std::string& line : lines)
        check_bad(with_line(line + " HTTP/1.1"), status::bad_request);
}

TEST_CASE("a target that is too long is refused before it ends", "[http][parser]") {
    const std::string longest = "/" + std::string(default_limits.target_bytes - 1, 'a');
    const auto good = with_line("GET " + longest + " HTTP/1.1");
    CHECK(parsed(good).target.size() == default_limits.target_bytes);
    CHECK(parse_guarded("GET " + longest).what == outcome::partial);
    for (const char* end : {"", " ", " HTTP/1.1\r\nHost: h\r\n\r\n", " HTTP/9.9\r\n", "\x01"})
        CHECK(parse_guarded("GET " + longest + "a" + end).error == status::uri_too_long);
    CHECK(parse_guarded("GET /" + std::string(4 * default_limits.head_bytes, 'a')).error ==
          status::uri_too_long);
}

TEST_CASE("a head that is too long is refused before it ends", "[http][parser]") {
    const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    const auto of_size = [&](std::size_t size) {
        return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
    };
    const auto longest = of_size(default_limits.head_bytes);
    CHECK(parse_guarded(longest).consumed == default_limits.head_bytes);
    CHECK(parse_guarded(longest + "body").consumed == default_limits.head_bytes);
    CHECK(parse_guarded("\r\n" + longest).consumed == default_limits.head_bytes + 2);
    CHECK(parse_guarded(std::string_view(longest).substr(0, longest.size() - 1)).what ==
          outcome::partial);

    const status too_large = status::request_header_fields_too_large;
    const auto longer = of_size(default_limits.head_bytes + 1);
    CHECK(parse_guarded(longer).error == too_large);
    CHECK(parse_guarded(std::string_view(longer).substr(0, default_limits.head_bytes)).error ==
          too_large);
    CHECK(parse_guarded(of_size(2 * default_limits.head_bytes)).error == too_large);
}

TEST_CASE("more fields than the limit are refused", "[http][parser]") {
    std::string lines; // besides Host
    for (std::size_t n = 1; n < default_limits.head_fields; ++n)
        lines += "X: 1\r\n";
    const auto good = with_fields(lines);
    CHECK(parsed(good).fields.size() == default_limits.head_fields);
    check_bad(with_fields(lines + "X: 1\r\n"), status::request_header_fields_too_large);
}

TEST_CASE("a head of 64 fields is parsed without allocating", "[http][parser]") {
    std::string lines; // besides Host
    for (int n = 1; n < 64; ++n)
        lines += "X-" + std::to_string(n) + ": a value of some length that is not small\r\n";
    const auto bytes = with_fields(lines);
    const std::size_t before = testing::allocations();
    request_head head;
    const parse_result whole = parse_request_head(bytes, head);
    const parse_result part =
        parse_request_head(std::string_view(bytes).substr(0, bytes.size() - 1), head);
    const std::size_t after = testing::allocations();
    CHECK(whole.what == outcome::complete);
    CHECK(part.what == outcome::partial);
    CHECK(after == before);
}

TEST_CASE("malformed field lines are refused", "[http][parser]") {
    const std::vector<std::string> lines = {
        "X : 1\r\n",
        "X\t: 1\r\n",
        " X: 1\r\n",
        "X\r\n",
        ": 1\r\n",
        "X y: 1\r\n",
        "X@: 1\r\n",
        "X\x80: 1\r\n",
        "X: a\r\n b\r\n",
        "X: a\r\n\tb\r\n",
        "X:\r\n b\r\n",
        "X:\r\n \r\n",
        "X: a\r\n \r\n",
        "X: a\n",
        "X: a\nY: b\r\n",
        "X: a\r",
        "X: a\rY: b\r\n",
        "X: a\r\r\n",
        "\n",
        "X: a\0b\r\n"s,
        "X\0: a\r\n"s,
        "X: \x01\r\n",
        "X: \x7f\r\n",
        "X: \x1b[1m\r\n",
        "X:\x0b"
        "1\r\n",
        "Connection: a b\r\n",
    };
    for (const std::string& line : lines)
        check_bad(with_fields(line), status::bad_request);
    check_bad("GET / HTTP/1.1\nHost: h\n\n", status::bad_request);
    check_bad("GET / HTTP/1.1\r\nHost: h\r\n\n", status::bad_request);
    check_bad("GET / HTTP/1.1\r\nHost: h\r\n\rx", status::bad_request);
    check_bad("GET / HTTP/1.1\r\n Host: h\r\n\r\n", status::bad_request);
}

TEST_CASE("a folded value longer than Beast's buffer is malformed, not large", "[http][parser]") {
    const auto bytes = with_fields("X: " + std::string(5000, 'a') + "\r\n b\r\n");
    CHECK(parse_guarded(bytes).error == status::bad_request);
}

TEST_CASE("bytes that are no HTTP are refused without waiting for a line", "[http][parser]") {
    for (const std::string& bytes : {"\x16"s,
                                     "\x16\x03\x01\x02\x00"s,
                                     "\0"s,
                                     "\x80"s,
                                     "("s,
                                     " "s,
                                     "\n"s,
                                     "\rG"s,
                                     "GET\r"s,
                                     "GET /\x80"s,
                                     "GET /#"s,
                                     "GET / h"s,
                                     "GET / HTTP/1!"s,
                                     "GET / HTTP/2.0"s,
                                     "GET / HTTP/1.1\n"s,
                                     "GET / HTTP/1.1\r\n "s,
                                     "GET / HTTP/1.1\r\nX "s,
                                     "GET / HTTP/1.1\r\nX: \x01"s,
                                     "GET / HTTP/1.1\r\nX: a\r\n b"s,
                                     "GET / HTTP/1.1\r\nX: a\r\n\t"s}) {
        INFO(bytes);
        CHECK(parse_guarded(bytes).what == outcome::bad);
    }
}
