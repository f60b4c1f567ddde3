// SIGINT and SIGTERM: what has begun is finished, and nothing more.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <atomic>
#include <chrono>

namespace ringlet::testing {
namespace {

void wait_for_drain(server_process& server) {
    server.expect_printed("finishing");
}

struct tally {
    std::atomic<int> whole{0};
    std::atomic<int> cut{0};
    std::atomic<int> wrong{0};
};

// Asks on and on until the server goes away.
void ask_until_closed(std::uint16_t port, const std::string& name, const std::string& bytes,
                      tally& count) {
    try {
        for (;;) {
            raw_client client(port);
            for (int i = 0; i < 50; ++i) {
                client.offer(request_text(target_of(name)));
                const auto a = client.read_answer();
                if (!a)
                    return;
                ++(!a->complete ? count.cut : a->body != bytes ? count.wrong : count.whole);
                if (a->field("Connection") == "close")
                    break;
            }
        }
    } catch (const std::exception&) { // refused: nobody listens any more
    }
}

} // namespace

TEST_CASE("either signal ends a server with idle connections with 0") {
    const test_site site;
    for (const int number : {SIGINT, SIGTERM}) {
        server_process server(serve(site.path()));
        raw_client idle(server.port());
        raw_client kept(server.port());
        kept.send(request_text("/one.txt")).read_answer();
        server.signal(number);
        server.expect_exit(0);
        CHECK(kept.at_end());
    }
}

TEST_CASE("shutdown under load loses no started answer") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "2"}));
    tally count;
    {
        std::vector<std::jthread> clients;
        const char* names[] = {"photo.png", "one.txt", "big.bin", "edge-64-2.bin"};
        for (int i = 0; i < 16; ++i)
            clients.emplace_back([&, name = std::string(names[i % 4])] {
                ask_until_closed(server.port(), name, site[name], count);
            });
        CHECK(eventually([&] { return count.whole > 200; }));
        server.signal(SIGTERM);
        server.expect_exit(0);
    }
    CHECK(count.cut == 0);
    CHECK(count.wrong == 0);
}

TEST_CASE("a large answer in progress is finished after SIGTERM") {
    const test_site site;
    server_process server(serve(site.path()));
    raw_client slow(server.port());
    slow.send(request_text("/photo.png"));
    const std::string begin = slow.read_once();
    server.signal(SIGTERM);
    wait_for_drain(server);
    const std::string all = begin + slow.read_rest();
    CHECK((all.substr(all.find("\r\n\r\n") + 4) == site["photo.png"]));
    server.expect_exit(0);
}

TEST_CASE("an answer in progress is finished although its client has pipelined more") {
    test_site site;
    const std::string bytes = site.add("large.bin", 24 << 20);
    server_process server(serve(site.path()));
    raw_client slow(server.port());
    std::string requests = request_text("/large.bin");
    for (int i = 0; i < 500; ++i)
        requests += request_text("/one.txt");
    slow.send(requests);
    const std::string begin = slow.read_once();
    server.signal(SIGTERM);
    wait_for_drain(server);
    const std::string all = begin + slow.read_rest();
    const std::size_t head = all.find("\r\n\r\n") + 4;
    CHECK(all.size() >= head + bytes.size());
    CHECK((all.compare(head, bytes.size(), bytes) == 0));
    server.expect_exit(0);
}

TEST_CASE("an answer in progress is finished although its client asks for more after SIGTERM") {
    const test_site site;
    server_process server(serve(site.path()));
    raw_client slow(server.port());
    slow.send(request_text("/photo.png"));
    std::string all = slow.read_once();
    server.signal(SIGTERM);
    wait_for_drain(server);
    for (std::string part; !(part = slow.read_once()).empty(); all += part)
        slow.offer(request_text("/one.txt"));
    const std::string& bytes = site["photo.png"]; // whether more is answered depends on its arrival
    CHECK((all.compare(all.find("\r\n\r\n") + 4, bytes.size(), bytes) == 0));
    slow.close();
    server.expect_exit(0);
}

TEST_CASE("a request whose head had begun before SIGTERM is answered") {
    const test_site site;
    server_process server(serve(site.path()));
    raw_client client(server.port());
    const std::string request = request_text("/one.txt");
    client.send(request + request.substr(0, 10)).read_answer();
    server.signal(SIGTERM);
    wait_for_drain(server);
    client.offer(request.substr(10));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == site["one.txt"]);
    CHECK(client.at_end());
    server.expect_exit(0);
}

TEST_CASE("no new connection is accepted after SIGTERM") {
    const test_site site;
    server_process server(serve(site.path()));
    raw_client slow(server.port());
    slow.send(request_text("/photo.png")).read_once();
    server.signal(SIGTERM);
    wait_for_drain(server);
    const auto refused = [&] {
        try {
            raw_client late(server.port());
            return false;
        } catch (const std::system_error&) {
            return true;
        }
    };
    CHECK(eventually(refused));
    slow.read_rest();
    server.expect_exit(0);
}

TEST_CASE("a second signal ends the server at once") {
    const test_site site;
    server_process server(serve(site.path()));
    raw_client stuck(server.port());
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += request_text("/photo.png");
    stuck.send(requests).read_once(); // and reads no more
    server.signal(SIGTERM);
    wait_for_drain(server);
    CHECK(server.alive());
    server.signal(SIGTERM);
    server.expect_exit(1);
}

TEST_CASE("a client that reads no more delays the end only up to the deadline") {
    const test_site site;
    server_process server(serve(site.path(), {"--drain-timeout-s", "1"}));
    raw_client stuck(server.port());
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += request_text("/photo.png");
    stuck.send(requests).read_once();
    const auto began = std::chrono::steady_clock::now();
    server.signal(SIGINT);
    server.expect_exit(0);
    CHECK(std::chrono::steady_clock::now() - began <
          std::chrono::seconds(9)); // it is 10 by default
}

} // namespace ringlet::testing
