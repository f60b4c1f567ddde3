// Answers that are texts, files and errors.
#include "e2e/api_app.hpp"

namespace ringlet::testing {

TEST_CASE("the functions that make responses say what they are") {
    const api_app app;
    const answer moved = app.get("/moved");
    CHECK(moved.status == 303);
    CHECK(moved.field("Location") == "/elsewhere?a=b");
    const answer empty = app.get("/empty");
    CHECK(empty.status == 204);
    CHECK(empty.field("Content-Length").empty());
    const answer object = app.get("/object");
    CHECK(object.body == R"({"a":1,"b":[true,null]})");
    CHECK(object.field("Content-Type") == "application/json");
    const answer many = app.get("/fields/many");
    CHECK(many.field("X-One") == "2");
    CHECK(many.head.find("X-Two: a\r\nX-Two: b\r\n") != many.head.npos);
}

TEST_CASE("a handler's file has ranges and preconditions and encodings") {
    const api_app app;
    app.folder.write("page.html", "0123456789");
    app.folder.write("app.js", "plain");
    app.folder.write("app.js.br", "compressed");
    const answer whole = app.get("/file/page.html");
    CHECK(whole.body == "0123456789");
    CHECK(whole.field("Content-Type") == "text/html; charset=utf-8");
    CHECK(whole.field("Cache-Control") == "max-age=7");
    CHECK(whole.field("X-More") == "yes");
    const answer part = app.get("/file/page.html", "Range: bytes=2-4\r\n");
    CHECK(part.status == 206);
    CHECK(part.body == "234");
    CHECK(part.field("X-More") == "yes");
    const answer same =
        app.get("/file/page.html", "If-None-Match: " + whole.field("ETag") + "\r\n");
    CHECK(same.status == 304);
    const answer encoded = app.get("/file/app.js", "Accept-Encoding: br\r\n");
    CHECK(encoded.body == "compressed");
    CHECK(encoded.field("Content-Encoding") == "br");
    CHECK(ask(app.server.port(), "/file/page.html", {}, "HEAD").field("Content-Length") == "10");
    const answer missing = app.get("/file/missing.html");
    CHECK(missing.status == 404);
    CHECK(missing.field("Cache-Control").empty()); // that is the file's
    CHECK(missing.field("X-More") == "yes");
    CHECK(app.get("/file/page.html").field("Accept-Ranges") == "bytes");
}

TEST_CASE("a confined file does not leave its folder") {
    const api_app app;
    app.folder.write("inside.txt", "inside");
    app.folder.write(".hidden", "hidden");
    std::filesystem::create_symlink("/etc/passwd", app.folder.path() / "link.txt");
    CHECK(app.get("/confined?path=inside.txt").body == "inside");
    for (const char* bad : {"../inside.txt", "../../../../etc/passwd", "/etc/passwd", "link.txt",
                            ".hidden", "", ".", "missing"}) {
        CAPTURE(bad);
        CHECK(app.get("/confined?path=" + std::string(bad)).status == 404);
    }
    CHECK(app.get("/unset?path=/etc/passwd").status == 404);
    CHECK(app.get("/unset?path=../../../../../../etc/passwd").status == 404);
}

TEST_CASE("an http_error is its status with its message as a page or as JSON") {
    const api_app app;
    const answer page = app.get("/teapot");
    CHECK(page.status == 418);
    CHECK(page.field("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.body.find("I am a &lt;teapot&gt;.") != page.body.npos);
    const answer problem = app.get("/teapot", "Accept: application/json\r\n");
    CHECK(problem.field("Content-Type") == "application/problem+json");
    CHECK(problem.body.find("I am a <teapot>.") != problem.body.npos);
    CHECK(app.get("/busy").status == 503);
    CHECK(app.get("/missing", "Accept: application/json\r\n").field("Content-Type") ==
          "application/problem+json");
}

TEST_CASE("an exception is 500 with an id that the log has too") {
    api_app app;
    const answer a = app.get("/broken", "Accept: application/json\r\n");
    CHECK(a.status == 500);
    CHECK(a.body.find("broken") == a.body.npos);
    const std::size_t at = a.body.find("\"request_id\":\"");
    REQUIRE(at != a.body.npos);
    const std::string id = a.body.substr(at + 14, 32);
    const std::string printed = app.server.expect_printed("(request " + id + ")");
    CHECK(printed.find("GET /broken: handler failed: this handler is broken") != printed.npos);
    CHECK(app.get("/query").status == 200);
}

} // namespace ringlet::testing
