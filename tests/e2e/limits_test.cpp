// How many connections and requests there may be.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <vector>

namespace ringlet::testing {
namespace {

std::optional<answer> ask_once(raw_client& client) {
    return client.send(request_text("/one.txt")).read_answer();
}

// An answer to nobody's question, and the end.
void expect_turned_away(std::uint16_t port, unsigned status) {
    raw_client client(port);
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == status);
    CHECK(a->complete);
    CHECK(a->field("Retry-After") == "10");
    CHECK(a->field("Connection") == "close");
    CHECK(a->fields("Date").size() == 1);
    client.offer(request_text("/one.txt")); // no reset yet
    CHECK(client.at_end());
}

void fill(server_process& server, std::size_t connections) {
    std::vector<raw_client> in;
    for (std::size_t i = 0; i < connections; ++i) {
        raw_client& client = in.emplace_back(server.port());
        const auto a = ask_once(client);
        REQUIRE(a);
        REQUIRE(a->status == 200);
    }
}

} // namespace

TEST_CASE("connections beyond the limit are turned away, and others served on") {
    const test_site site;
    server_process server(
        serve(site.path(), {"--connections", "3", "--connections-per-client", "3"}));
    const std::size_t before = server.open_descriptors();
    {
        raw_client first(server.port()), second(server.port()), third(server.port());
        for (raw_client* client : {&first, &second, &third}) {
            const auto a = ask_once(*client);
            REQUIRE(a);
            CHECK(a->status == 200);
        }
        expect_turned_away(server.port(), 503);
        expect_turned_away(server.port(), 503);
        const auto again = ask_once(first);
        REQUIRE(again);
        CHECK(again->body == site["one.txt"]);
        second.close();
        CHECK(eventually([&] { return ask(server.port(), "/one.txt").status == 200; }));
    }
    CHECK(server.back_to(before));
    fill(server, 3); // nobody is counted for ever
    server.expect_printed("turned away: 1\n");
}

TEST_CASE("connections of one client beyond its limit are turned away, and other clients served") {
    const test_site site;
    server_process server(
        serve(site.path(), {"--connections-per-client", "2", "--listen", "127.0.0.2:0"}));
    raw_client first(server.port()), second(server.port());
    REQUIRE(ask_once(first));
    REQUIRE(ask_once(second));
    expect_turned_away(server.port(), 429);
    const auto again = ask_once(second);
    REQUIRE(again);
    CHECK(again->status == 200);
}

TEST_CASE("the last request that a connection may carry is told so") {
    const test_site site;
    server_process server(serve(site.path(), {"--requests-per-connection", "3"}));
    raw_client client(server.port());
    client.send(request_text("/one.txt") + request_text("/one.txt") + request_text("/one.txt") +
                request_text("/one.txt"));
    for (int i = 0; i < 3; ++i) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->body == site["one.txt"]);
        CHECK(a->field("Connection") == (i == 2 ? "close" : ""));
    }
    CHECK(client.at_end());
}

TEST_CASE("a head that does not come in time is 408, when that is short, too") {
    const test_site site;
    server_process server(serve(site.path(), {"--head-timeout-s", "1"}));
    raw_client client(server.port());
    client.send("GET / HT");
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 408);
    CHECK(client.at_end());
}

TEST_CASE("a client that asks too often is told when to come again, on the same connection") {
    const test_site site;
    server_process server(
        serve(site.path(), {"--requests-per-s-per-client", "1", "--request-burst-per-client", "3",
                            "--workers", "2"}));
    raw_client client(server.port());
    client.send(request_text("/one.txt") + request_text("/one.txt") +
                request_text("/one.txt", "Content-Length: 5\r\n", "POST") + "12345" +
                request_text("/one.txt", "Content-Length: 5\r\n", "POST") + "12345" +
                request_text("/missing"));
    for (const unsigned status : {200, 200, 405, 429, 429}) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == status);
        CHECK(a->field("Retry-After") == (status == 429 ? "1" : ""));
    }
    bool refused = false; // on others, too
    for (int i = 0; i < 5; ++i)
        refused = refused || ask(server.port(), "/one.txt").status == 429;
    CHECK(refused);
    CHECK(eventually([&] { return ask_once(client).value().status == 200; }));
}

TEST_CASE("connections that were turned away are in the access log") {
    const test_site site;
    server_process server(serve(site.path(), {"--connections", "1", "--access-log", "-"}));
    raw_client first(server.port());
    REQUIRE(ask_once(first));
    expect_turned_away(server.port(), 503);
    const std::string logged = server.out().wait_until(
        [](const std::string& all) { return all.find(" 503 0 ") != all.npos; });
    CHECK(logged.find("\"-\" 503 0 ") != logged.npos);
}

TEST_CASE("the limits of a head are options") {
    const test_site site;
    server_process server(serve(
        site.path(), {"--head-bytes", "2000", "--head-fields", "5", "--target-bytes", "100"}));
    CHECK(ask(server.port(), "/one.txt").status == 200);
    CHECK(ask(server.port(), '/' + std::string(100, 'a')).status == 414);
    CHECK(ask(server.port(), "/one.txt", "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n").status == 431);
    CHECK(ask(server.port(), "/one.txt", "A: " + std::string(2000, 'x') + "\r\n").status == 431);
}

TEST_CASE("an idle connection is closed in its time") {
    const test_site site;
    server_process server(serve(site.path(), {"--idle-timeout-s", "1"}));
    raw_client client(server.port());
    REQUIRE(ask_once(client));
    CHECK(client.at_end());
}

} // namespace ringlet::testing
