// Routes, and what a handler is told of its request.
#include "e2e/api_app.hpp"

namespace ringlet::testing {

TEST_CASE("a parameter of the route is a number or 400") {
    const api_app app;
    CHECK(app.get("/number/41").body == "42");
    CHECK(app.get("/number/-1").body == "0");
    for (const char* bad : {"/number/x", "/number/1x", "/number/99999999999", "/number/1.5",
                            "/unsigned/-1", "/unsigned/256"}) {
        CAPTURE(bad);
        const answer a = app.get(bad, "Accept: application/json\r\n");
        CHECK(a.status == 400);
        CHECK(a.body.find("\"detail\":\"n: '") != a.body.npos);
    }
}

TEST_CASE("the rest of a path is one parameter") {
    const api_app app;
    CHECK(app.get("/rest/a/b%20c/").body == "[a/b c/]");
    CHECK(app.get("/rest/").body == "[]");
    CHECK(app.get("/rest/literal").body == "literal");
    CHECK(app.get("/rest").status == 404);
}

TEST_CASE("each method goes to its own handler and others are told which there are") {
    const api_app app;
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
        CHECK(ask(app.server.port(), "/method", "Content-Length: 0\r\n", method).body == method);
    const answer head = ask(app.server.port(), "/method", {}, "HEAD");
    CHECK(head.status == 200);
    CHECK(head.field("Content-Length") == "4");
    const answer no = ask(app.server.port(), "/query", {}, "DELETE");
    CHECK(no.status == 405);
    CHECK(no.field("Allow") == "GET, HEAD, OPTIONS");
    const answer post = ask(app.server.port(), "/text");
    CHECK(post.status == 405);
    CHECK(post.field("Allow") == "POST, OPTIONS");
}

TEST_CASE("a file can be read at a path that has a route for another method") {
    const api_app app;
    app.folder.write("file.txt", "a file");
    CHECK(app.get("/both/file.txt").body == "a file");
    CHECK(app.post("/both/file.txt", "").body == "literal");
    std::filesystem::remove(app.folder.path() / "file.txt");
    const answer gone = app.get("/both/file.txt");
    CHECK(gone.status == 405);
    CHECK(gone.field("Allow") == "POST, OPTIONS");
}

TEST_CASE("the query is decoded") {
    const api_app app;
    CHECK(app.get("/query?n=5&s=a+b%26c&s=2").body == "5 a b&c n=5 s=a b&c s=2");
    CHECK(app.get("/query").body == "-1 none");
    CHECK(app.get("/query?n=five").status == 400);
    CHECK(app.get("/query?n=5&x=%zz").status == 400);
}

TEST_CASE("fields are found in any case and all of them") {
    const api_app app;
    CHECK(app.get("/fields", "X-A: 1\r\nx-b: two\r\nx-a: 3\r\n").body == "1|3 two none");
    CHECK(app.get("/fields", "Cookie: a=b; session=s1\r\n").body == "  s1");
}

TEST_CASE("a handler is told the client's address") {
    const api_app app;
    CHECK(app.get("/peer").body == "127.0.0.1");
}

TEST_CASE("middleware wraps from the outermost group to the route and missing pages too") {
    const api_app app;
    const auto tags = [](const answer& a) {
        std::string all;
        for (std::size_t at = 0; (at = a.head.find("X-Tag: ", at)) != a.head.npos; ++at)
            all += a.head.substr(at + 7, a.head.find('\r', at) - at - 7) + ' ';
        return all;
    };
    const answer x = app.get("/outer/inner/x");
    CHECK(tags(x) == "route inner outer ");
    CHECK(x.body == "route"); // what the innermost has attached
    CHECK(tags(app.get("/outer/y")) == "outer ");
    CHECK(tags(app.get("/outer/inner/missing")) == "inner outer ");
    CHECK(app.get("/outer/inner/missing").status == 404);
    const answer no = ask(app.server.port(), "/outer/inner/x", {}, "DELETE");
    CHECK(no.status == 405);
    CHECK(no.field("Allow") == "GET, HEAD, OPTIONS");
    CHECK(tags(no) == "inner outer ");
    CHECK(tags(app.get("/outer/broken")) == "outer ");
    CHECK(app.get("/outer/broken").status == 500);
    CHECK(tags(app.get("/query")).empty());
}

TEST_CASE("middleware stands before files as well") {
    const api_app app;
    app.folder.write("secret.txt", "the secret");
    CHECK(app.get("/guarded/secret.txt").status == 403);
    CHECK(app.get("/guarded/missing.txt").status == 403);
    const char* key = "X-Key: open sesame\r\n";
    CHECK(app.get("/guarded/secret.txt", key).body == "the secret");
    CHECK(app.get("/guarded/missing.txt", key).status == 404);
    CHECK(app.get("/guarded/secret.txt", std::string(key) + "Range: bytes=4-\r\n").body ==
          "secret");
    CHECK(ask(app.server.port(), "/guarded/secret.txt", key, "DELETE").status == 405);
    CHECK(app.post("/guarded/post", "hello", key).body == "5 hello");
    CHECK(app.post("/guarded/post", "hello").status == 403);
}

TEST_CASE("a group's middleware stands before the files of a folder around it") {
    const api_app app;
    std::filesystem::create_directory(app.folder.path() / "guarded");
    app.folder.write("guarded/secret.txt", "the secret");
    app.folder.write("open.txt", "open");
    CHECK(app.get("/both/open.txt").body == "open");
    CHECK(app.get("/both/guarded/secret.txt").status == 403);
    CHECK(app.get("/both/guarded/missing.txt").status == 403);
    CHECK(app.get("/both/guarded/secret.txt", "X-Key: open sesame\r\n").body == "the secret");
}

TEST_CASE("a group's middleware stands before files whichever group serves them") {
    const api_app app;
    app.folder.write("secret.txt", "the secret");
    for (const char* path : {"/kept/secret.txt", "/kept/deep/secret.txt", "/kept/missing"})
        CHECK(app.get(path).status == 403);
    CHECK(app.get("/kept/deep/secret.txt", "X-Key: open sesame\r\n").body == "the secret");
}

TEST_CASE("handlers share the app's objects and have their worker's own") {
    const api_app app;
    CHECK(app.get("/state").body == "hello 1");
    CHECK(app.get("/state").body == "hello 2");
}

} // namespace ringlet::testing
