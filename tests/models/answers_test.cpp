// What is answered to a single request.
#include "models/model.hpp"

namespace ringlet::testing {

TEST_CASE("a file comes whole, with its length and its type") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    const std::pair<const char*, const char*> all[] = {
        {"one.txt", "text/plain; charset=utf-8"},
        {"empty.txt", "text/plain; charset=utf-8"},
        {"pages/deep/er/page.html", "text/html; charset=utf-8"},
        {"a file with spaces.css", "text/css; charset=utf-8"},
        {"edge-65535.bin", "application/octet-stream"},
        {"edge-65536.bin", "application/octet-stream"},
        {"edge-65537.bin", "application/octet-stream"},
        {"photo.png", "image/png"},
    };
    for (const auto& [name, type] : all) {
        CAPTURE(name);
        const answer a = ask(server.port(), target_of(name));
        CHECK(a.status == 200);
        CHECK(a.complete);
        CHECK(a.field("Content-Length") == std::to_string(site[name].size()));
        CHECK(a.field("Content-Type") == type);
        CHECK(a.body == site[name]);
    }
    CHECK(ask(server.port(), "/one.txt?query=1").body == site["one.txt"]);
}

TEST_CASE("a folder is its index.html") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    const answer root = ask(server.port(), "/");
    CHECK(root.status == 200);
    CHECK(root.field("Content-Type") == "text/html; charset=utf-8");
    CHECK(root.body == site["index.html"]);
    CHECK(ask(server.port(), "/pages/").body == site["pages/index.html"]);

    const answer elsewhere = ask(server.port(), "/pages");
    CHECK(elsewhere.status / 100 == 3);
    CHECK(elsewhere.field("Location") == "/pages/");
}

TEST_CASE("what is not there is 404, and what is hidden too") {
    model_site site;
    site.add(".secret", 10);
    const server_process server(serve_by_model(site.path()));
    for (const char* target :
         {"/missing.txt", "/one.txt/", "/pages/deep/", "/.secret", "/%2esecret"}) {
        CAPTURE(target);
        const answer a = ask(server.port(), target);
        CHECK(a.status == 404);
        CHECK(a.complete);
        CHECK(a.field("Content-Length") == std::to_string(a.body.size()));
    }
}

TEST_CASE("HEAD has the head of GET, and nothing behind it") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    for (const char* target : {"/big.bin", "/missing.txt"}) {
        CAPTURE(target);
        const answer got = ask(server.port(), target);
        raw_client client(server.port());
        client.send(request_text(target, "Connection: close\r\n", "HEAD"));
        const auto a = client.read_answer("HEAD");
        REQUIRE(a);
        CHECK(a->status == got.status);
        CHECK(a->field("Content-Length") == std::to_string(got.body.size()));
        CHECK(a->field("Content-Type") == got.field("Content-Type"));
        CHECK(client.at_end());
    }
}

TEST_CASE("no target leads out of the folder") {
    const temporary_folder around;
    std::filesystem::create_directory(around.path() / "site");
    around.write("secret.txt", "a secret");
    around.write("site/open.txt", "open");
    around.link("../secret.txt", "site/relative.txt");
    around.link((around.path() / "secret.txt").string(), "site/absolute.txt");
    const server_process server(serve_by_model(around.path() / "site"));
    for (const char* target :
         {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/x/../../secret.txt",
          "/relative.txt", "/absolute.txt", "//../secret.txt", "/open.txt%00/../../secret.txt"}) {
        CAPTURE(target);
        const answer a = ask(server.port(), target);
        CHECK(a.status / 100 == 4);
        CHECK(a.body.find("a secret") == a.body.npos);
    }
    CHECK(ask(server.port(), "/open.txt").body == "open");
}

TEST_CASE("other methods are refused, and their content is not taken for a request") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    const answer posted = ask(server.port(), "/one.txt", {}, "POST");
    CHECK(posted.status == 405);
    CHECK(posted.field("Allow").find("GET") != std::string::npos);
    CHECK(ask(server.port(), "/one.txt", {}, "FETCH").status == 501);

    raw_client client(server.port());
    client.offer(request_with("/one.txt", request_text("/index.html"), "Connection: close\r\n"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 405);
    CHECK(client.at_end());
}

TEST_CASE("a malformed head is 400, and the end of its connection") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    for (const char* head : {"garbage\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
                             "GET / HTTP/1.1\nHost: a\n\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
                             "GET / HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n",
                             "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET one.txt\r\n\r\n"}) {
        CAPTURE(head);
        raw_client client(server.port());
        client.offer(head);
        auto a = client.read_answer();
        if (a && a->status == 200 && keeps_alive()) // the last has a good one before
            a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status ==
              (std::string_view(head).ends_with("txt\r\n\r\n") && !keeps_alive() ? 200 : 400));
        CHECK(a->field("Connection") == "close");
        CHECK(client.read_rest().empty());
    }
    CHECK(ask(server.port(), "/one.txt").status == 200);
}

TEST_CASE("a head that comes byte by byte is a head") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    raw_client client(server.port());
    const std::string request = request_text("/one.txt", "Connection: close\r\n");
    for (const char byte : request)
        client.send({&byte, 1});
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == site["one.txt"]);
    CHECK(client.at_end());
}

} // namespace ringlet::testing
