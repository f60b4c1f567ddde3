// RFC 9112, HTTP/1.1: what a whole connection does with each form of a message's head.
#include "support/small_site.hpp"

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::string_literals;

namespace {

const std::string next = request_text("/file.txt"); // glued on behind

struct row {
    std::string bytes;
    std::string outcome;
};

void check(std::initializer_list<row> rows) {
    small_site site;
    for (const auto& [bytes, outcome] : rows) {
        CAPTURE(bytes);
        CHECK(site.outcome(bytes) == outcome);
    }
}

// The same with a request behind each, which is answered if and only if the connection is kept.
void check_with_next(std::initializer_list<row> rows) {
    small_site site;
    for (const auto& [bytes, outcome] : rows) {
        CAPTURE(bytes);
        const bool kept = outcome.ends_with(" kept");
        const std::string first = outcome.substr(0, outcome.find(' '));
        CHECK(site.outcome(bytes + next) == first + (kept ? " 200 kept" : " closed"));
    }
}

std::string get(const std::string& target, const std::string& fields = "Host: a\r\n") {
    return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
}

} // namespace

TEST_CASE("a few empty lines before a request are ignored, wherever it stands", "[rfc9112][2.2]") {
    check({{"\r\n" + next, "200 kept"},
           {"\r\n\r\n" + next + "\r\n" + next, "200 200 kept"},
           {request_with("/echo", "abc") + "\r\n" + next, "200 200 kept"}, // one after content
           {"\n" + next, "400 closed"},
           {"\r" + next, "400 closed"},
           {" \r\n" + next, "400 closed"},
           {"\r\n\r\n\r\n\r\n\r\n\r\n" + next, "400 closed"}});
}

TEST_CASE("a line that does not end with CRLF ends the connection", "[rfc9112][2.2]") {
    check_with_next({{"GET /file.txt HTTP/1.1\nHost: a\n\n", "400 closed"},
                     {"GET /file.txt HTTP/1.1\r\nHost: a\n\r\n", "400 closed"},
                     {"GET /file.txt HTTP/1.1\r\nHost: a\r\n\n", "400 closed"},
                     {"GET /file.txt HTTP/1.1\rHost: a\r\r", "400 closed"},
                     {"GET /file.txt HTTP/1.1\r\nHost: a\r\r\n", "400 closed"},
                     {"GET /file.txt HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", "400 closed"},
                     {"GET /file.txt HTTP/1.1\r\nHost: a\r\n\rX: b\r\n\r\n", "400 closed"},
                     {"GET /file.txt HTTP/1.1\r\r\nHost: a\r\n\r\n", "400 closed"}});
}

TEST_CASE("white space before the first field ends the connection", "[rfc9112][2.2]") {
    check_with_next({{get("/file.txt", " Host: a\r\n"), "400 closed"},
                     {get("/file.txt", "\tHost: a\r\n"), "400 closed"},
                     {get("/file.txt", " \r\nHost: a\r\n"), "400 closed"},
                     {get("/file.txt", " X: hidden\r\nHost: a\r\n"), "400 closed"}});
}

TEST_CASE("bytes behind a refused message are never interpreted", "[rfc9112][2.2]") {
    small_site site;
    const std::string refused = "GET /file.txt HTTP/1.1\r\nHost: a\r\nX\r\n\r\n";
    CHECK(site.outcome(refused + next + next) == "400 closed");
    CHECK(site.outcome(next + refused + next) == "200 400 closed");
    CHECK(site.outcome(next + "garbage\r\n\r\n" + next) == "200 400 closed");
    const conversation all = site.say(next + refused + next);
    CHECK(all.last().field("Connection") == "close");
    CHECK(all.last().field("Content-Length") == std::to_string(all.last().body.size()));
}

TEST_CASE("every HTTP/1 is spoken and no other version", "[rfc9112][2.3][rfc9110][2.5]") {
    const auto as = [](const std::string& number) {
        return "GET /file.txt " + number + "\r\nHost: a\r\n\r\n";
    };
    check_with_next({{as("HTTP/1.1"), "200 kept"},
                     {as("HTTP/1.2"), "200 kept"},
                     {as("HTTP/1.9"), "200 kept"},
                     {as("HTTP/1.0"), "200 closed"},
                     {as("HTTP/0.9"), "505 closed"},
                     {as("HTTP/2.0"), "505 closed"},
                     {as("HTTP/3.1"), "505 closed"},
                     {as("http/1.1"), "400 closed"},
                     {as("HTTP/1"), "400 closed"},
                     {as("HTTP/1.10"), "400 closed"},
                     {as("HTTP/11.1"), "400 closed"},
                     {as("HTTP/1,1"), "400 closed"},
                     {as("HTTP 1.1"), "400 closed"},
                     {as("HTTPS/1.1"), "400 closed"},
                     {as(""), "400 closed"},
                     {"GET /file.txt\r\n\r\n", "400 closed"},
                     {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 closed"}});
}

TEST_CASE("an answer has the server's own version whatever the client's", "[rfc9112][2.3]") {
    small_site site;
    for (const char* number : {"1.0", "1.1", "1.2", "2.0", "7.7"}) {
        const conversation all = site.say("GET /file.txt HTTP/"s + number + "\r\nHost: a\r\n\r\n");
        REQUIRE(all.answers.size() == 1);
        CHECK(all.last().head.starts_with("HTTP/1.1 "));
    }
}

TEST_CASE("a request line has two single spaces", "[rfc9112][3]") {
    const std::string rest = "\r\nHost: a\r\n\r\n";
    check_with_next({{" GET /file.txt HTTP/1.1" + rest, "400 closed"},
                     {"GET  /file.txt HTTP/1.1" + rest, "400 closed"},
                     {"GET /file.txt  HTTP/1.1" + rest, "400 closed"},
                     {"GET /file.txt HTTP/1.1 " + rest, "400 closed"},
                     {"GET\t/file.txt HTTP/1.1" + rest, "400 closed"},
                     {"GET /file.txt\tHTTP/1.1" + rest, "400 closed"},
                     {"GET\v/file.txt HTTP/1.1" + rest, "400 closed"},
                     {"GET /file.txt\fHTTP/1.1" + rest, "400 closed"},
                     {"GET /file .txt HTTP/1.1" + rest, "400 closed"},
                     {"GET HTTP/1.1" + rest, "400 closed"},
                     {"/file.txt HTTP/1.1" + rest, "400 closed"}});
}

TEST_CASE("a target of 8000 bytes is served and a longer one is 414", "[rfc9112][3]") {
    const auto query = [](std::size_t length) {
        return get("/file.txt?" + std::string(length, 'q'));
    };
    check_with_next({{query(8000), "200 kept"}, {query(9000), "414 closed"}});
    check({{"GET /" + std::string(100'000, 'a'), "414 closed"}}); // no need of its end
}

TEST_CASE("a method that nobody knows is 501, however long", "[rfc9112][3.1]") {
    const std::string rest = " /file.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    check_with_next({{"BREW" + rest, "501 closed"},
                     {"get" + rest, "501 closed"}, // a method is case-sensitive
                     {"GETT" + rest, "501 closed"},
                     {"!#$%&'*+-.^_`|~09az" + rest, "501 closed"},
                     {std::string(8000, 'M') + rest, "501 closed"},
                     {"G(T" + rest, "400 closed"},
                     {"G\xc3\x89T" + rest, "400 closed"},
                     {"G\0T"s + rest, "400 closed"}});
}

TEST_CASE("fields that are too many or too long are 431", "[rfc9112][3][rfc6585][5]") {
    std::string many = "Host: a\r\n";
    for (int i = 0; i < 200; ++i)
        many += "X" + std::to_string(i) + ": y\r\n";
    check_with_next(
        {{get("/file.txt", many), "431 closed"},
         {get("/file.txt", "Host: a\r\nX: " + std::string(8000, 'x') + "\r\n"), "200 kept"},
         {get("/file.txt", "Host: a\r\nX: " + std::string(40'000, 'x') + "\r\n"), "431 closed"},
         {get("/file.txt", "Host: a\r\n" + std::string(40'000, 'x') + ": y\r\n"), "431 closed"}});
}

TEST_CASE("each form of target goes with its own methods", "[rfc9112][3.2]") {
    check_with_next({{get("/file.txt"), "200 kept"},
                     {get("http://a/file.txt"), "200 kept"},
                     {get("HTTP://A/file.txt"), "200 kept"},
                     {get("https://a/file.txt"), "421 kept"}, // RFC 9110 section 7.4,
                     {get("ftp://a/file.txt"), "400 closed"},
                     {get("ws://a/file.txt"), "400 closed"},
                     {get("file:///file.txt"), "400 closed"},
                     {get("file.txt"), "400 closed"},
                     {get("?query"), "400 closed"},
                     {get("*"), "400 closed"},
                     {get("a:80"), "400 closed"},
                     {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "204 kept"},
                     {"OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", "400 closed"},
                     {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "405 closed"},
                     {"CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", "400 closed"},
                     {"CONNECT /file.txt HTTP/1.1\r\nHost: a\r\n\r\n", "400 closed"},
                     {"CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 closed"}});
}

TEST_CASE("the host of an absolute-form counts and Host need not be the same", "[rfc9112][3.2.2]") {
    small_site site;
    CHECK(site.say(get("http://a/tell/x?y", "Host: b\r\n")).last().body == "/tell/x\ny");
    CHECK(site.say(get("http://a:8080?y", "Host: b\r\n")).outcome() == "404 kept"); // the path is /
    CHECK(site.outcome(get("http://a/file.txt", "")) == "400 closed"); // Host is sent all the same
    CHECK(site.outcome(get("http://a/file.txt", "Host: a b\r\n")) == "400 closed");
    CHECK(site.outcome(get("http://a/file.txt", "Host: a\r\nHost: a\r\n")) == "400 closed");
}

TEST_CASE("a handler is told the host of an absolute-form as Host", "[rfc9112][3.2.2]") {
    small_site site;
    const auto host = [&site](const std::string& target) {
        return site.say(get(target, "X: y\r\nHost: b:1\r\n")).last().body;
    };
    CHECK(host("/host") == "b:1");
    CHECK(host("http://a/host") == "a");
    CHECK(host("http://A:80/host?x") == "A:80");
    CHECK(host("http://[::1]:8080/host") == "[::1]:8080");
    CHECK(host("/host?http://a/") == "b:1");
}

TEST_CASE("a request of HTTP/1.1 has one valid Host", "[rfc9112][3.2]") {
    check_with_next({{get("/file.txt", ""), "400 closed"},
                     {get("/file.txt", "Host: a\r\nHost: a\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a\r\nX: y\r\nhOST: b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a, b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a/b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: u@a\r\n"), "400 closed"},
                     {get("/file.txt", "Host: http://a\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a:80:80\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a:eighty\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a?b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a#b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: a\\b\r\n"), "400 closed"},
                     {get("/file.txt", "Host: \r\n"), "200 kept"},
                     {get("/file.txt", "HOST:a\r\n"), "200 kept"},
                     {get("/file.txt", "Host: \t a:8080 \t\r\n"), "200 kept"},
                     {get("/file.txt", "Host: a_b.example.\r\n"), "200 kept"}});
}

TEST_CASE("a request of HTTP/1.0 may lack Host but not spoil it", "[rfc9112][3.2]") {
    const std::string line = "GET /file.txt HTTP/1.0\r\n";
    check_with_next({{line + "\r\n", "200 closed"},
                     {line + "Host: a\r\n\r\n", "200 closed"},
                     {line + "Host: a b\r\n\r\n", "400 closed"},
                     {line + "Host: a\r\nHost: b\r\n\r\n", "400 closed"}});
}

TEST_CASE("a field line that is malformed ends the connection", "[rfc9112][5]") {
    const auto with = [](const std::string& line) {
        return get("/file.txt", "Host: a\r\n" + line);
    };
    check_with_next({{with("X : y\r\n"), "400 closed"}, // 5.1
                     {with("X\t: y\r\n"), "400 closed"},
                     {with("X Y: z\r\n"), "400 closed"},
                     {with("X\r\n"), "400 closed"},
                     {with(": y\r\n"), "400 closed"},
                     {with("X(: y\r\n"), "400 closed"},
                     {with("X\"Y\": z\r\n"), "400 closed"},
                     {with("\xc3\x9c: y\r\n"), "400 closed"},
                     {with("X\0: y\r\n"s), "400 closed"},
                     {with("X: \0\r\n"s), "400 closed"},
                     {with("X: y\0z\r\n"s), "400 closed"},
                     {with("X: y\x01z\r\n"), "400 closed"},
                     {with("X: y\x0bz\r\n"), "400 closed"},
                     {with("X: y\x1bz\r\n"), "400 closed"},
                     {with("X: y\x7fz\r\n"), "400 closed"},
                     {with("X: y\r\n z\r\n"), "400 closed"}, // 5.2
                     {with("X: y\r\n\tz\r\n"), "400 closed"},
                     {with("X:\r\n y\r\n"), "400 closed"},
                     {with("X: y\r\n \r\n"), "400 closed"}});
}

TEST_CASE("field values are given to handlers as they are, without the space around",
          "[rfc9112][5.1]") {
    small_site site;
    const auto list = [&site](const std::string& lines) { return site.ask("/list", lines).body; };
    CHECK(list("X:a\r\n") == "[a]");
    CHECK(list("x:  \t a b\t c \t \r\n") == "[a b\t c]");
    CHECK(list("X:\r\n") == "[]");
    CHECK(list("X: \t \r\n") == "[]");
    CHECK(list("X: a\r\nY: b\r\nx: c\r\n") == "[a][c]"); // in their order, RFC 9110 section 5.3
    CHECK(list("X: a, b\r\nX: , c\r\n") == "[a, b][, c]");
    CHECK(list("X: \xe4\xff\r\n") == "[\xe4\xff]"); // obs-text
    CHECK(list("X: a:b: \"c\\\"\"\r\n") == "[a:b: \"c\\\"\"]");
    CHECK(list("!#$%&'*+-.^_`|~0aZ: a\r\n").empty()); // all that a name may be made of
}
