// RFC 9110, HTTP semantics: methods, expectations, content codings, and what each answer carries.
#include "support/small_site.hpp"

#include <sstream>

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::string_literals;

namespace {

const std::string next = request_text("/file.txt"); // glued on behind

// The field lines of an answer, but Date, which may have changed in between.
std::string fields_of(const answer& a) {
    std::istringstream head(a.head);
    std::string all;
    std::string line;
    while (std::getline(head, line))
        if (!line.starts_with("Date:"))
            all += line + '\n';
    return all;
}

struct status_row {
    const char* target;
    const char* fields;
    const char* method;
    unsigned status;
};

// One of each status that the server makes of itself or lets handlers make.
const status_row all_statuses[] = {
    {"/file.txt", "", "GET", 200},
    {"/app.js", "Accept-Encoding: br\r\n", "GET", 200},
    {"/list", "", "GET", 200},
    {"/stream", "", "GET", 200},
    {"/status/201", "", "GET", 201},
    {"/status/204", "", "GET", 204},
    {"/status/205", "", "GET", 205},
    {"/file.txt", "Range: bytes=0-1\r\n", "GET", 206},
    {"/file.txt", "Range: bytes=0-1,4-5\r\n", "GET", 206},
    {"/moved", "", "GET", 303},
    {"/file.txt", "If-None-Match: *\r\n", "GET", 304},
    {"/status/304", "", "GET", 304},
    {"/sub", "", "GET", 308},
    {"/%00", "", "GET", 400},
    {"/missing", "", "GET", 404},
    {"/.hidden", "", "GET", 404},
    {"/file.txt", "", "POST", 405},
    {"/list", "", "PUT", 405},
    {"/file.txt", "If-Match: \"x\"\r\n", "GET", 412},
    {"/form", "Content-Type: text/plain\r\nContent-Length: 0\r\n", "POST", 415},
    {"/file.txt", "Range: bytes=99-\r\n", "GET", 416},
    {"/file.txt", "Expect: more\r\n", "GET", 417},
    {"/status/426", "", "GET", 426},
    {"/file.txt", "", "BREW", 501},
    {"/status/599", "", "GET", 599},
};

} // namespace

TEST_CASE("every answer has one Date, and its framing is whole", "[rfc9110][6.6.1][8.6]") {
    small_site site;
    for (const auto& [target, fields, method, status] : all_statuses) {
        CAPTURE(target, fields, method);
        const answer a = site.ask(target, fields, method);
        CHECK(a.status == status);
        CHECK(a.complete);
        CHECK(a.fields("Date").size() == 1);
        CHECK(a.field("Date").size() == 29);
        CHECK(a.field("Date").ends_with(" GMT"));
        const bool empty = status == 204 || status == 304;
        const bool chunked = target == "/stream"s;
        CHECK(a.fields("Content-Length").size() == (empty || chunked ? 0 : 1));
        CHECK(a.fields("Transfer-Encoding").size() == (chunked ? 1 : 0));
        CHECK(a.fields("Content-Type").size() == (empty || status == 205 || status == 303 ? 0 : 1));
    }
}

TEST_CASE("HEAD is answered as GET is but without content", "[rfc9110][9.3.2]") {
    small_site site;
    for (const auto& [target, fields, method, status] : all_statuses) {
        if (method != "GET"s || status == 206 || status == 416)
            continue; // Range is for GET alone
        CAPTURE(target, fields);
        const answer got = site.ask(target, fields);
        const conversation all =
            site.say(request_text(target, fields, "HEAD") + next, {"HEAD", "GET"});
        REQUIRE_FALSE(all.answers.empty());
        CHECK(fields_of(all.answers.front()) == fields_of(got));
        CHECK(all.outcome() ==
              std::to_string(status) + (status == 400 || status == 417 ? " closed" : " 200 kept"));
    }
}

TEST_CASE("a HEAD that is refused has no content either", "[rfc9110][9.3.2]") {
    small_site site;
    const auto refused = [&site](const std::string& rest) {
        return site.outcome("HEAD " + rest + next, {"HEAD"});
    };
    CHECK(refused("/file.txt HTTP/1.1\r\n\r\n") == "400 closed");
    CHECK(refused("/%zz HTTP/1.1\r\nHost: a\r\n\r\n") == "400 closed");
    CHECK(refused("file.txt HTTP/1.1\r\nHost: a\r\n\r\n") == "400 closed");
    CHECK(refused("/file.txt#top HTTP/1.1\r\nHost: a\r\n\r\n") == "400 closed");
    CHECK(refused("/file.txt HTTP/1.x\r\nHost: a\r\n\r\n") == "400 closed");
    CHECK(refused("/" + std::string(10'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n") == "414 closed");
    CHECK(refused("/file.txt HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n") == "417 closed");
    CHECK(refused("/file.txt HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n") ==
          "431 closed");
    CHECK(refused("/file.txt HTTP/2.0\r\nHost: a\r\n\r\n") == "505 closed");
    CHECK(site.outcome("HEAD /file.txt HTTP/1.1\r\nHost: a\r\n", {"HEAD"}) == "408 closed");
    CHECK(site.outcome("HEAD /file", {"HEAD"}) == "408 closed");
}

TEST_CASE("204 and 304 and 205 are answers without content", "[rfc9110][6.4.1][15.3]") {
    small_site site;
    for (const std::string status : {"204", "304", "205"}) {
        const conversation all = site.say(request_text("/status/" + status) + next);
        CHECK(all.outcome() == status + " 200 kept");
        CHECK(all.answers.front().fields("Transfer-Encoding").empty());
        CHECK(all.answers.front().field("Content-Length") == (status == "205" ? "0" : ""));
    }
}

TEST_CASE("a hop-by-hop field is nobody's but the server's", "[rfc9110][7.6.1][7.8]") {
    small_site site;
    const conversation all = site.say(
        request_text("/list",
                     "Connection: X, Upgrade, HTTP2-Settings\r\nUpgrade: h2c, websocket\r\n"
                     "HTTP2-Settings: AAMAAABkAAQAAP__\r\nTE: trailers\r\nX: a\r\n") +
        next);
    CHECK(all.outcome() == "200 200 kept"); // nobody has to upgrade
    CHECK(all.answers.front().fields("Upgrade").empty());
    CHECK(all.answers.front().fields("Connection").empty());
}

TEST_CASE("OPTIONS tells the methods of a path and of the server", "[rfc9110][9.3.7]") {
    small_site site;
    for (const char* target : {"/file.txt", "/list", "/ignore", "/echo", "*"}) {
        CAPTURE(target);
        const answer a = site.ask(target, {}, "OPTIONS");
        CHECK(a.status == 204);
        CHECK(a.body.empty());
        CHECK(a.fields("Allow").size() == 1);
        CHECK(a.field("Allow").find("OPTIONS") != std::string::npos);
    }
    CHECK(site.ask("/file.txt", {}, "OPTIONS").field("Allow") == "GET, HEAD, OPTIONS");
    CHECK(site.ask("/file.txt", "If-Match: \"x\"\r\n", "OPTIONS").status == 204); // 13.2.1
}

TEST_CASE("a method that is known but not here is 405 with what is allowed",
          "[rfc9110][9.1][10.2.1][15.5.6]") {
    small_site site;
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"}) {
        CAPTURE(method);
        const answer a = site.ask("/file.txt", {}, method);
        CHECK(a.status == 405);
        CHECK(a.field("Allow") == "GET, HEAD, OPTIONS");
    }
    const answer a = site.ask("/ignore", {}, "PATCH");
    CHECK(a.status == 405);
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE"})
        CHECK((", " + a.field("Allow") + ',').find(", "s + method + ',') != std::string::npos);
    CHECK(site.ask("/echo").field("Allow").find("GET") == std::string::npos);
}

TEST_CASE("TRACE and CONNECT are refused and tell nobody's secrets", "[rfc9110][9.3.6][9.3.8]") {
    small_site site;
    const answer a = site.ask("/file.txt", "Cookie: secret\r\n", "TRACE");
    CHECK(a.status == 405);
    CHECK(a.body.find("secret") == std::string::npos);
    const answer tunnel = site.ask("a:443", {}, "CONNECT");
    CHECK(tunnel.status == 405);
    CHECK(tunnel.fields("Allow").size() == 1);
    // Who does not wait for the answer sends what is no HTTP, or meant for another server.
    CHECK(site.outcome("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + next, {"CONNECT"}) ==
          "405 closed");
}

TEST_CASE("100 Continue is sent to who waits for it, once the content is asked for",
          "[rfc9110][10.1.1]") {
    small_site site;
    const std::string expect = "Expect: 100-continue\r\nContent-Length: 3\r\n";
    const auto said = [&](const std::string& target, const std::string& fields,
                          const std::string& content) {
        return site.outcome(request_text(target, fields, "POST") + content, {"POST"});
    };
    CHECK(said("/echo", expect, "") == "100 408 closed"); // it waited for the content
    CHECK(said("/echo", expect, "abc") == "200 kept");    // which had come by then
    CHECK(said("/echo", "Expect: 100-CONTINUE\r\nContent-Length: 3\r\n", "") == "100 408 closed");
    CHECK(said("/ignore", expect, "") == "200 closed"); // it will never be sent
    CHECK(said("/file.txt", expect, "") == "405 closed");
    CHECK(said("/echo", "Expect: 100-continue\r\nContent-Length: 2000000\r\n", "") == "413 closed");
    CHECK(said("/echo", "Expect: 100-continue\r\n", next) == "200 200 kept"); // no content to come
    CHECK(said("/echo", "Expect: 100-continue\r\nContent-Length: 0\r\n", next) == "200 200 kept");
    CHECK(site.outcome(request_text("/file.txt", "Expect: 100-continue\r\n") + next) ==
          "200 200 kept");
}

TEST_CASE("100 Continue goes out behind answers that fill their batch", "[rfc9110][10.1.1]") {
    small_site site;
    const std::string ask =
        request_text("/echo", "Expect: 100-continue\r\nContent-Length: 3\r\n", "POST");
    for (std::size_t n = 130'800; n < 131'000; n += 10) {
        const std::string full = request_text("/large/" + std::to_string(n));
        CHECK(site.outcome(full + ask, {"GET", "POST"}) == "200 100 408 closed");
    }
}

TEST_CASE("an expectation of HTTP/1.0 is ignored", "[rfc9110][10.1.1]") {
    small_site site;
    const auto old = [](const std::string& fields) {
        return "POST /echo HTTP/1.0\r\nContent-Length: 3\r\n" + fields + "\r\nabc";
    };
    CHECK(site.outcome(old("Expect: 100-continue\r\n")) == "200 closed");
    CHECK(site.outcome(old("Expect: more\r\n")) == "200 closed");
    const std::string waiting = "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\n"
                                "Content-Length: 3\r\n\r\n";
    CHECK(site.outcome(waiting) == "408 closed"); // without a 100 before
}

TEST_CASE("an expectation that is not known is 417", "[rfc9110][10.1.1][15.5.18]") {
    small_site site;
    for (const char* value : {"more", "100-continue, more", "200-ok", "100-continue=yes"}) {
        CAPTURE(value);
        CHECK(site.outcome(request_text("/file.txt", "Expect: "s + value + "\r\n") + next) ==
              "417 closed");
    }
}

TEST_CASE("a redirect has one Location", "[rfc9110][10.2.2][15.4]") {
    small_site site;
    const answer folder = site.ask("/sub");
    CHECK(folder.status == 308);
    CHECK(folder.fields("Location") == std::vector<std::string>{"/sub/"});
    CHECK(site.ask("/moved").fields("Location") == std::vector<std::string>{"/file.txt"});
}

TEST_CASE("the coding is the one that Accept-Encoding likes best", "[rfc9110][12.5.3]") {
    struct row {
        const char* fields;
        const char* body;
    };
    const row rows[] = {
        {"", "plain"},
        {"Accept-Encoding:\r\n", "plain"},
        {"Accept-Encoding: identity\r\n", "plain"},
        {"Accept-Encoding: br\r\n", "br"},
        {"Accept-Encoding: BR\r\n", "br"},
        {"Accept-Encoding: gzip\r\n", "gzip"},
        {"Accept-Encoding: x-gzip\r\n", "gzip"}, // 8.4.1.3
        {"Accept-Encoding: gzip, br\r\n", "br"},
        {"Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n", "br"},
        {"Accept-Encoding: gzip;q=1, br;q=0.5\r\n", "gzip"},
        {"Accept-Encoding: gzip ; q=0.001\r\n", "gzip"},
        {"Accept-Encoding: gzip;q=0.0, br;q=0\r\n", "plain"},
        {"Accept-Encoding: identity, gzip;q=0.5\r\n", "plain"},
        {"Accept-Encoding: *\r\n", "br"},
        {"Accept-Encoding: br;q=0, *\r\n", "gzip"},
        {"Accept-Encoding: *;q=0, gzip\r\n", "gzip"},
        {"Accept-Encoding: identity;q=0\r\nAccept-Encoding: gzip\r\n", "gzip"},
        {"Accept-Encoding: identity;q=0\r\n", "plain"}, // nothing will do: 12.4.1
        {"Accept-Encoding: *;q=0\r\n", "plain"},
        {"Accept-Encoding: deflate, compress, made-up\r\n", "plain"},
        {"Accept-Encoding: ,, gzip ,\r\n", "gzip"},
        {"Accept-Encoding: gzip;q=2, br;q=x\r\n", "plain"}, // malformed weights
    };
    small_site site;
    for (const auto& [fields, body] : rows) {
        CAPTURE(fields);
        const answer a = site.ask("/app.js", fields);
        CHECK(a.status == 200);
        CHECK(a.body == body);
        CHECK(a.field("Content-Encoding") == (body == "plain"s ? "" : body));
        CHECK(a.field("Content-Type").starts_with("text/javascript"));
        CHECK(a.field("Vary") == "Accept-Encoding"); // 12.5.5: whatever was chosen
    }
}

TEST_CASE("no Vary where nothing is chosen", "[rfc9110][12.5.5]") {
    small_site site;
    CHECK(site.ask("/picture.png", "Accept-Encoding: br\r\n").fields("Vary").empty());
    CHECK(site.ask("/picture.png", "Accept-Encoding: br\r\n").fields("Content-Encoding").empty());
}

TEST_CASE("an error that is written as the client likes it says so", "[rfc9110][12.5.5]") {
    small_site site;
    for (const char* fields : {"", "Accept: application/json\r\n", "Accept: text/html\r\n"}) {
        for (const char* target : {"/missing", "/echo", "/sub"}) {
            CAPTURE(fields, target);
            CHECK(site.ask(target, fields).field("Vary") == "Accept");
        }
    }
}

TEST_CASE("what is refused by its size is 413, 414 or 431", "[rfc9110][15.5.14][15.5.15]") {
    small_site site;
    CHECK(site.outcome(request_text("/echo", "Content-Length: 1048577\r\n", "POST")) ==
          "413 closed");
    CHECK(site.outcome(request_text("/" + std::string(10'000, 'a')) + next) == "414 closed");
    CHECK(site.outcome(request_text("/", "X: " + std::string(40'000, 'a') + "\r\n") + next) ==
          "431 closed");
}

TEST_CASE("426 says what to upgrade to", "[rfc9110][15.5.22]") {
    small_site site;
    const answer a = site.ask("/status/426");
    CHECK(a.fields("Upgrade").size() == 1);
    CHECK(a.field("Connection") == "Upgrade");
}

TEST_CASE("a WebSocket of another version is 426 with the one there is", "[rfc9110][15.5.22]") {
    small_site site;
    for (const char* line : {"", "Sec-WebSocket-Version: 12\r\n"}) {
        CAPTURE(line);
        const conversation all =
            site.say(request_text("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"s +
                                                 line) +
                     next);
        CHECK(all.outcome() == "426 200 kept");
        CHECK(all.answers.front().field("Upgrade") == "websocket");
        CHECK(all.answers.front().field("Connection") == "Upgrade");
        CHECK(all.answers.front().field("Sec-WebSocket-Version") == "13"); // RFC 6455 section 4.4
    }
}

TEST_CASE("a WebSocket handshake has one key and one version", "[rfc6455][11.3]") {
    const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string version_13 = "Sec-WebSocket-Version: 13\r\n";
    const auto status = [](const std::string& lines) {
        small_site site; // a new one: a session's timer makes the clock a real one
        const conversation all = site.say(
            request_text("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\n" + lines));
        return all.answers.front().status;
    };
    CHECK(status(key + version_13) == 101);
    CHECK(status(key + key + version_13) == 400);
    CHECK(status(key + version_13 + "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n") == 400);
    CHECK(status(key + version_13 + version_13) == 400);
    CHECK(status(key + version_13 + "Sec-WebSocket-Version: 12\r\n") == 400);
}

TEST_CASE("an error says what is wrong, but to HEAD", "[rfc9110][15.5][15.6]") {
    small_site site;
    for (const auto& [target, fields, method, status] : all_statuses) {
        if (status < 400 || status == 426 || status == 599) // those are a handler's
            continue;
        CAPTURE(target, fields, method);
        const answer a = site.ask(target, fields, method);
        CHECK(a.field("Content-Type") == "text/html; charset=utf-8");
        CHECK(a.body.find(std::to_string(status)) != std::string::npos);
    }
}
