// What comes over one connection, in which order, and when it ends.
#include "models/model.hpp"

namespace ringlet::testing {
namespace {

void expect_last(raw_client& client, const std::string& body) {
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == body);
    CHECK(a->field("Connection") == "close");
    CHECK(client.at_end());
}

} // namespace

TEST_CASE("a connection is kept where the model keeps it, else the answer says that it ends") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    raw_client client(server.port());
    client.send(request_text("/one.txt"));
    if (!keeps_alive())
        return expect_last(client, site["one.txt"]);
    for (const char* name : {"one.txt", "index.html", "big.bin", "missing", "one.txt"}) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->complete);
        CHECK(a->field("Connection") != "close");
        client.send(request_text(target_of(name)));
    }
    const auto last = client.read_answer();
    REQUIRE(last);
    CHECK(last->body == site["one.txt"]);
}

TEST_CASE("requests sent at once are answered one after the other, or the first alone") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    raw_client client(server.port());
    client.send(request_text("/big.bin") + request_text("/one.txt") + request_text("/index.html"));
    if (!keeps_alive())
        return expect_last(client, site["big.bin"]);
    for (const char* name : {"big.bin", "one.txt", "index.html"}) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->body == site[name]);
    }
    // And the connection goes on: what is edge-triggered must not have been left behind.
    const auto more = client.send(request_text("/style.css")).read_answer();
    REQUIRE(more);
    CHECK(more->body == site["style.css"]);
}

TEST_CASE(
    "what comes while the last answer is being sent does not cost its client the rest of it") {
    model_site site;
    const std::string& large = site.add("large.bin", 5 << 20);
    const server_process server(serve_by_model(site.path()));
    raw_client client(server.port(), 4096);
    client.send(request_text("/large.bin", "Connection: close\r\n"));
    client.wait_for_bytes(1);
    client.send(request_text("/one.txt"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->complete);
    CHECK((a->body == large));
}

TEST_CASE("a client that wants its connection closed has it closed") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    for (const char* head : {"GET /one.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                             "GET /one.txt HTTP/1.0\r\n\r\n"}) {
        raw_client client(server.port());
        client.send(head);
        expect_last(client, site["one.txt"]);
    }
}

TEST_CASE("HTTP/1.0 keeps a connection that asks for it", "[keeps-alive]") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    raw_client client(server.port());
    for (int i = 0; i < 2; ++i) {
        const auto a =
            client.send("GET /one.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read_answer();
        REQUIRE(a);
        CHECK(a->body == site["one.txt"]);
        CHECK(a->field("Connection") == "keep-alive");
    }
}

TEST_CASE("a client that has ended its half is answered") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    raw_client client(server.port());
    client.send(request_text("/big.bin", "Connection: close\r\n"));
    client.end_sending();
    expect_last(client, site["big.bin"]);
}

TEST_CASE("an idle client is not waited for longer than patience lasts") {
    const model_site site;
    const server_process server(serve_by_model(site.path(), {"--patience-s", "3"}));
    raw_client kept(server.port());
    kept.send(request_text("/one.txt"));
    const auto a = kept.read_answer();
    REQUIRE(a);
    CHECK(a->body == site["one.txt"]);
    raw_client silent(server.port());
    CHECK(kept.at_end());
    CHECK(silent.at_end());
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
}

} // namespace ringlet::testing
