// What the client has already is not sent again.
#include "e2e/curl.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace ringlet::testing {

TEST_CASE("validators decide between 200 and 304 and 412") {
    const test_site site;
    const server_process server(serve(site.path()));
    const answer whole = ask(server.port(), "/index.html");
    const std::string tag = whole.field("ETag");
    const std::string date = whole.field("Last-Modified");
    REQUIRE(!tag.empty());
    REQUIRE(date.size() == 29);
    const std::string long_ago = "Thu, 01 Jan 1970 00:00:00 GMT";
    const auto status = [&](const std::string& field, const char* method = "GET") {
        return ask(server.port(), "/index.html", field + "\r\n", method).status;
    };
    CHECK(status("If-None-Match: " + tag) == 304);
    CHECK(status("If-None-Match: " + tag, "HEAD") == 304);
    CHECK(status("If-None-Match: W/" + tag) == 304);
    CHECK(status("If-None-Match: \"a\", " + tag + ", \"b\"") == 304);
    CHECK(status("If-None-Match: *") == 304);
    CHECK(status("If-None-Match: \"other\"") == 200);
    CHECK(status("If-None-Match: \"other\"\r\nIf-Modified-Since: " + date) == 200);
    CHECK(status("If-Modified-Since: " + date) == 304);
    CHECK(status("If-Modified-Since: " + long_ago) == 200);
    CHECK(status("If-Modified-Since: yesterday") == 200);
    CHECK(status("If-Match: " + tag) == 200);
    CHECK(status("If-Match: *") == 200);
    CHECK(status("If-Match: \"other\"") == 412);
    CHECK(status("If-Match: W/" + tag) == 412);
    CHECK(status("If-Unmodified-Since: " + long_ago) == 412);
    CHECK(status("If-Unmodified-Since: " + date) == 200);
    CHECK(status("If-Match: " + tag + "\r\nIf-None-Match: " + tag) == 304);
}

TEST_CASE("a 304 carries the validators and no content and keeps the connection") {
    const test_site site;
    const server_process server(serve(site.path()));
    const answer whole = ask(server.port(), "/app.js");
    raw_client client(server.port());
    client.send(request_text("/app.js", "If-None-Match: " + whole.field("ETag") + "\r\n"));
    client.send(request_text("/one.txt"));
    const auto a = client.read_answer();
    const auto next = client.read_answer();
    REQUIRE(a);
    REQUIRE(next);
    CHECK(a->status == 304);
    CHECK(a->field("ETag") == whole.field("ETag"));
    CHECK(a->field("Vary") == "Accept-Encoding");
    CHECK(a->field("Content-Type").empty());
    CHECK(next->body == site["one.txt"]);
}

TEST_CASE("each encoding has a tag of its own") {
    const test_site site;
    const server_process server(serve(site.path()));
    const std::string plain = ask(server.port(), "/app.js").field("ETag");
    const std::string br = ask(server.port(), "/app.js", "Accept-Encoding: br\r\n").field("ETag");
    CHECK(plain != br);
    const std::string known = "If-None-Match: " + br + "\r\n";
    CHECK(ask(server.port(), "/app.js", known + "Accept-Encoding: br\r\n").status == 304);
    CHECK(ask(server.port(), "/app.js", known).status == 200);
}

TEST_CASE("a missing file is 404 whatever the conditions") {
    const test_site site;
    const server_process server(serve(site.path()));
    CHECK(ask(server.port(), "/missing", "If-Match: *\r\n").status == 404);
    CHECK(ask(server.port(), "/missing", "If-None-Match: *\r\n").status == 404);
}

TEST_CASE("curl asks by time and by tag") {
    const test_site site;
    const server_process server(serve(site.path()));
    if (!curl_is_there())
        return;
    const std::string at = url(server.port(), "/index.html");
    const auto tags = site.path() / "tags";
    const curl_result first = curl({"--etag-save", tags.string(), at});
    CHECK((first.out == site["index.html"]));
    const curl_result again =
        curl({"--etag-compare", tags.string(), "--write-out", "%{http_code}", at});
    CHECK(again.out == "304");
    const curl_result by_time = curl({"--time-cond", "Thu, 01 Jan 2099 00:00:00 GMT", "--write-out",
                                      "%{http_code}", "--output", "/dev/null", at});
    CHECK(by_time.out == "304");
}

} // namespace ringlet::testing
