// RFC 9112, HTTP/1.1: where content ends, and how long a connection lives.
#include "support/small_site.hpp"

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::string_literals;

namespace {

const std::string next = request_text("/file.txt"); // glued on behind

std::string chunked(const std::string& content, const std::string& target = "/echo") {
    return request_text(target, "Transfer-Encoding: chunked\r\n", "POST") + content;
}

std::string with(const std::string& fields, const std::string& content,
                 const std::string& target = "/echo") {
    return request_text(target, fields, "POST") + content;
}

} // namespace

TEST_CASE("content ends where its framing says and the next request begins there",
          "[rfc9112][6.3]") {
    small_site site;
    const auto echoed = [&site](const std::string& bytes) {
        const conversation all = site.say(bytes + next, {"POST", "GET"});
        CHECK(all.outcome() == "200 200 kept");
        return all.answers.empty() ? "nothing" : all.answers.front().body;
    };
    CHECK(echoed(with("", "")).empty()); // neither field: no content
    CHECK(echoed(with("Content-Length: 0\r\n", "")).empty());
    CHECK(echoed(with("Content-Length: 3\r\n", "abc")) == "abc");
    CHECK(echoed(with("Content-Length: 0000000000000000003\r\n", "abc")) == "abc");
    CHECK(echoed(with("Content-Length:\t3 \r\n", "abc")) == "abc");
    CHECK(echoed(with("Content-Length: 18\r\n", "GET / HTTP/1.1\r\n\r\n")) ==
          "GET / HTTP/1.1\r\n\r\n"); // content is content, whatever it looks like
    CHECK(echoed(with("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n")) == "abc");
    CHECK(echoed(with("transfer-encoding: CHUNKED\r\n", "3\r\nabc\r\n0\r\n\r\n")) == "abc");
}

TEST_CASE("framing that two readers may read differently ends the connection", "[rfc9112][6]") {
    struct row {
        const char* fields;
        const char* outcome;
    };
    const row rows[] = {
        {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "400 closed"}, // 6.1
        {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "400 closed"},
        {"Content-Length: 3\r\nContent-Length: 4\r\n", "400 closed"}, // 6.3
        {"Content-Length: 3\r\nContent-Length: 3\r\n", "400 closed"},
        {"Content-Length: 3, 3\r\n", "400 closed"},
        {"Content-Length: 3, 4\r\n", "400 closed"},
        {"Content-Length: \r\n", "400 closed"},
        {"Content-Length: -3\r\n", "400 closed"},
        {"Content-Length: +3\r\n", "400 closed"},
        {"Content-Length: 0x3\r\n", "400 closed"},
        {"Content-Length: 3.0\r\n", "400 closed"},
        {"Content-Length: 3e0\r\n", "400 closed"},
        {"Content-Length: 3 3\r\n", "400 closed"},
        {"Content-Length: \"3\"\r\n", "400 closed"},
        {"Content-Length: three\r\n", "400 closed"},
        {"Content-Length: 18446744073709551616\r\n", "400 closed"},
        {"Content-Length: 18446744073709551619\r\n", "400 closed"}, // 3, modulo 2 to the 64th
        {"Content-Length: 99999999999999999999999999\r\n", "400 closed"},
        {"Transfer-Encoding: gzip\r\n", "400 closed"}, // 6.1: chunked is not the last
        {"Transfer-Encoding: identity\r\n", "400 closed"},
        {"Transfer-Encoding: chunked, gzip\r\n", "400 closed"},
        {"Transfer-Encoding: chunked, identity\r\n", "400 closed"},
        {"Transfer-Encoding: chunked, chunked\r\n", "400 closed"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "400 closed"},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", "400 closed"},
        {"Transfer-Encoding: chunked;a=b\r\n", "400 closed"},
        {"Transfer-Encoding: \r\n", "400 closed"},
        {"Transfer-Encoding: gzip, chunked\r\n", "501 closed"}, // well-formed, but not known
        {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "501 closed"},
        {"Transfer-Encoding: made-up, chunked\r\n", "501 closed"},
    };
    small_site site;
    for (const auto& [fields, outcome] : rows) {
        CAPTURE(fields);
        CHECK(site.outcome(with(fields, "0\r\n\r\n") + next, {"POST"}) == outcome);
        CHECK(site.outcome(request_text("/file.txt", fields) + next) == outcome);
    }
}

TEST_CASE("a transfer coding is nothing for HTTP/1.0", "[rfc9112][6.1]") {
    small_site site;
    for (const char* kept : {"", "Connection: keep-alive\r\n"})
        CHECK(site.outcome("POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"s +
                           kept + "\r\n0\r\n\r\n" + next) == "400 closed");
    const conversation all = site.say("GET /stream HTTP/1.0\r\n\r\n");
    CHECK(all.closed);
    CHECK(all.last().fields("Transfer-Encoding").empty());
}

TEST_CASE("content that nobody reads is not taken for a request", "[rfc9112][6.3][9.3]") {
    small_site site;
    const std::string content = next + next; // it would be answered twice
    for (const char* method : {"GET", "HEAD", "DELETE", "POST", "PUT", "OPTIONS"}) {
        for (const char* target : {"/ignore", "/file.txt", "/missing", "/%2f", "/sub", "*"}) {
            if (target == "*"s && method != "OPTIONS"s)
                continue;
            CAPTURE(method, target);
            const auto counted =
                site.say(request_with(target, content, {}, method) + next, {method});
            CHECK(counted.answers.size() == 2);
            CHECK(counted.last().status == 200);
            CHECK(counted.last().body == small_site::letters);
            CHECK_FALSE(counted.closed);
            const auto in_chunks =
                site.say(request_text(target, "Transfer-Encoding: chunked\r\n", method) +
                             "5\r\nGET /\r\n" + "3;a=b\r\n\r\n\r\r\n0\r\nX: y\r\n\r\n" + next,
                         {method});
            CHECK(in_chunks.answers.size() == 2);
            CHECK(in_chunks.last().body == small_site::letters);
        }
    }
}

TEST_CASE("content that is too long to skip ends the connection, and the answer says so",
          "[rfc9112][9.3]") {
    small_site site;
    for (const char* length : {"300000", "18446744073709551615"}) {
        const conversation all =
            site.say(with("Content-Length: "s + length + "\r\n", next + next, "/ignore"), {"POST"});
        CHECK(all.outcome() == "200 closed");
        CHECK(all.last().field("Connection") == "close");
    }
}

TEST_CASE("chunk sizes and extensions are read as they are defined", "[rfc9112][7.1]") {
    struct row {
        std::string content;
        const char* body;
    };
    const row rows[] = {
        {"0\r\n\r\n", ""},
        {"000\r\n\r\n", ""},
        {"1a\r\n" + std::string(small_site::letters) + "\r\n0\r\n\r\n",
         "abcdefghijklmnopqrstuvwxyz"},
        {"00001A\r\n" + std::string(small_site::letters) + "\r\n0\r\n\r\n",
         "abcdefghijklmnopqrstuvwxyz"},
        {"3\r\n\r\n0\r\n2\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n"},   // 3 bytes of it and 2
        {"3;a\r\nabc\r\n0;b=c;d=\"e;\\\"\r\"\r\n\r\n", nullptr}, // a bare CR in a quoted string
        {"3;a\r\nabc\r\n0;b=c;d=\"e;\\\"f\"\r\n\r\n", "abc"},
        {"3 ; a = b\r\nabc\r\n0\r\n\r\n", "abc"},           // bad white space, which is put up with
        {"3\r\nabc\r\n0\r\nX: y\r\nEmpty:\r\n\r\n", "abc"}, // 7.1.2
    };
    small_site site;
    for (const auto& [content, body] : rows) {
        CAPTURE(content);
        const conversation all = site.say(chunked(content) + next, {"POST"});
        CHECK(all.outcome() == (body ? "200 200 kept" : "400 closed"));
        if (body && !all.answers.empty())
            CHECK(all.answers.front().body == body);
    }
}

TEST_CASE("malformed chunks are 400 and what follows is never a request", "[rfc9112][7.1]") {
    const std::string all[] = {
        "\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "\r\n3\r\nabc\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "g\r\nabc\r\n0\r\n\r\n",
        "3g\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabc0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nab\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\n\n",
        "3\r\nabc\r\n0\r\n\n",
        "3\rabc\r0\r\r",
        "10000000000000003\r\nabc\r\n0\r\n\r\n", // 3, modulo 2 to the 64th
        "fffffffffffffffff\r\nabc",
        "3;\r\nabc\r\n0\r\n\r\n",
        "3;=b\r\nabc\r\n0\r\n\r\n",
        "3;a=\"b\r\nabc\r\n0\r\n\r\n",
        "3;a\nabc\r\n0\r\n\r\n",
        "3;a\0b\r\nabc\r\n0\r\n\r\n"s,
        "3," + std::string("3\r\nabc\r\n0\r\n\r\n"),
        "3;a=" + std::string(2000, 'b') + "\r\nabc\r\n0\r\n\r\n", // 7.1.1: bounded
        "3\r\nabc\r\n0\r\nX : y\r\n\r\n",
        "3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n",
        "3\r\nabc\r\n0\r\nX: y\nZ: z\r\n\r\n",
        "3\r\nabc\r\n0\r\nX: y\0\r\n\r\n"s,
        "3\r\nabc\r\n0\r\nno field\r\n\r\n",
        "3\r\nabc\r\n0\r\nX: " + std::string(10'000, 'x') + "\r\n\r\n",
        "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n", // RFC 9110 section 6.5.1
        "3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "3\r\nabc\r\n0\r\nhost: b\r\n\r\n",
    };
    small_site site;
    for (const std::string& content : all) {
        CAPTURE(content);
        CHECK(site.outcome(chunked(content) + next, {"POST"}) == "400 closed");
        // Unread content is looked at as far as it has come, here in one go up to 4 096 bytes.
        const bool seen = content.size() < 3'000;
        CHECK(site.outcome(chunked(content, "/ignore") + next, {"POST"}) ==
              (seen ? "400 closed" : "200 closed"));
    }
}

TEST_CASE("a chunk is as long as it says, beyond 32 bits too", "[rfc9112][7.1]") {
    small_site site;
    for (const std::string size : {"100000003", "ffffffffffffffff"}) {
        const std::string content = size + "\r\nabc\r\n0\r\n\r\n"; // most of it never comes
        CHECK(site.outcome(chunked(content) + next, {"POST"}) == "413 closed"); // without waiting
        const conversation unread = site.say(chunked(content, "/ignore") + next, {"POST"});
        CHECK(unread.outcome() == "200 closed");
        CHECK(unread.last().field("Connection") == "close");
    }
    CHECK(site.outcome(chunked("20000\r\nabc\r\n0\r\n\r\n") + next, {"POST"}) == "408 closed");
}

TEST_CASE("trailer fields are never merged into the head", "[rfc9112][7.1.2]") {
    small_site site;
    const std::string lines = "X: a\r\nTransfer-Encoding: chunked\r\n";
    const conversation all = site.say(request_text("/list", lines) +
                                      "0\r\nX: b\r\nExpect: c\r\nConnection: close\r\n\r\n" + next);
    CHECK(all.outcome() == "200 200 kept");
    CHECK(all.answers.front().body == "[a]");
}

TEST_CASE("a connection is kept as version and Connection ask for, and the answer says so",
          "[rfc9112][9.3]") {
    struct row {
        const char* version;
        const char* fields;
        bool kept;
        const char* said;
    };
    const row rows[] = {
        {"1.1", "", true, ""},
        {"1.1", "Connection: keep-alive\r\n", true, ""},
        {"1.1", "Connection:\r\n", true, ""},
        {"1.1", "Connection: ,, x-other ,\r\n", true, ""},
        {"1.1", "Connection: closed\r\n", true, ""},
        {"1.1", "X-Connection: close\r\n", true, ""},
        {"1.1", "Connection: close\r\n", false, "close"},
        {"1.1", "connection: CLOSE\r\n", false, "close"},
        {"1.1", "Connection: x-other , cLoSe\r\n", false, "close"},
        {"1.1", "Connection: ,close,\r\n", false, "close"},
        {"1.1", "Connection: keep-alive, close\r\n", false, "close"},
        {"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false, "close"},
        {"1.1", "Connection: close\r\nConnection: keep-alive\r\n", false, "close"},
        {"1.2", "Connection: close\r\n", false, "close"},
        {"1.0", "", false, "close"},
        {"1.0", "Keep-Alive: timeout=5\r\n", false, "close"},
        {"1.0", "Proxy-Connection: keep-alive\r\n", false, "close"},
        {"1.0", "Connection: keep-alive\r\n", true, "keep-alive"},
        {"1.0", "Connection: x-other, Keep-Alive\r\n", true, "keep-alive"},
        {"1.0", "Connection: keep-alive, close\r\n", false, "close"},
    };
    small_site site;
    for (const auto& [number, fields, kept, said] : rows) {
        for (const char* target : {"/file.txt", "/missing", "/moved", "/sub", "/list", "/stream"}) {
            CAPTURE(number, fields, target);
            const bool endless = number == "1.0"s && target == "/stream"s; // no framing but the end
            const conversation all = site.say("GET "s + target + " HTTP/" + number +
                                              "\r\nHost: a\r\n" + fields + "\r\n");
            REQUIRE_FALSE(all.answers.empty());
            CHECK(all.closed == (!kept || endless));
            CHECK(all.answers.front().field("Connection") == (endless ? "close" : said));
            CHECK(all.answers.front().fields("Connection").size() <= 1);
        }
    }
}

TEST_CASE("pipelined requests are answered in their order", "[rfc9112][9.3.2]") {
    small_site site;
    const conversation all =
        site.say(next + request_with("/echo", "first") + request_text("/missing") +
                     request_text("/file.txt", {}, "HEAD") + request_text("/stream") +
                     chunked("6\r\nsecond\r\n0\r\n\r\n") + request_text("/file.txt", {}, "POST") +
                     request_text("/status/204") + request_text("/empty.txt") + next,
                 {"GET", "POST", "GET", "HEAD", "GET", "POST", "POST"});
    CHECK(all.outcome() == "200 200 404 200 200 200 405 204 200 200 kept");
    REQUIRE(all.answers.size() == 10);
    CHECK(all.answers[1].body == "first");
    CHECK(all.answers[3].body.empty());
    CHECK(all.answers[4].body == "onetwo");
    CHECK(all.answers[5].body == "second");
    CHECK(all.answers[9].body == small_site::letters);
}

TEST_CASE("an answer that says close is the last", "[rfc9112][9.6]") {
    small_site site;
    const std::string last = request_text("/file.txt", "Connection: close\r\n");
    CHECK(site.outcome(last + next) == "200 closed");
    CHECK(site.outcome(next + last + next + last) == "200 200 closed");
    CHECK(site.outcome(last + "garbage") == "200 closed");
    CHECK(site.outcome("GET /file.txt HTTP/1.0\r\n\r\n" + next) == "200 closed");
    const std::string content = with("Connection: close\r\nContent-Length: 3\r\n", "abc");
    CHECK(site.outcome(content + next, {"POST"}) == "200 closed");
    const std::string unread = with("Connection: close\r\nContent-Length: 3\r\n", "abc", "/ignore");
    CHECK(site.outcome(unread + next, {"POST"}) == "200 closed");
}

TEST_CASE("every connection ends in one answer that says close", "[rfc9112][9.6]") {
    small_site site;
    for (const std::string& bytes :
         {next + "GET / HTTP/1.1\r\n\r\n", next + request_text("/a", {}, "BREW"),
          next + "GET / HTTP/2.0\r\n\r\n", next + request_text("/", "Expect: the worst\r\n"),
          next + chunked("x"), next + with("Content-Length: 2000000\r\n", "")}) {
        CAPTURE(bytes);
        const conversation all = site.say(bytes);
        CHECK(all.closed);
        REQUIRE(all.answers.size() == 2);
        CHECK(all.answers[0].field("Connection").empty());
        CHECK(all.answers[1].status >= 400);
        CHECK(all.answers[1].field("Connection") == "close");
        CHECK(all.answers[1].complete);
    }
}
