// Several clients: slow ones, many, and such that go away.
#include "models/model.hpp"
#include "support/sanitized.hpp"

#include <atomic>
#include <sys/resource.h>
#include <thread>

namespace ringlet::testing {
namespace {

constexpr int small_window = 4096;

/// A client that has got the beginning of an answer that it does not read on.
raw_client stuck_in(std::uint16_t port, const std::string& target) {
    raw_client client(port, small_window);
    client.send(request_text(target, "Connection: close\r\n"));
    client.wait_for_bytes(1);
    return client;
}

/// Or it turns clients away, or closes their connections.
bool serves(std::uint16_t port) {
    raw_client client(port);
    const auto a = client.offer(request_text("/one.txt", "Connection: close\r\n")).read_answer();
    return a && a->status == 200;
}

/// Its children's as well.
std::size_t open_descriptors_of_all(const server_process& server) {
    std::size_t count = server.open_descriptors();
    for (const pid_t child : children_of(server.pid())) {
        try {
            count += open_descriptors_of(child);
        } catch (const std::filesystem::filesystem_error&) { // it has ended meanwhile
        }
    }
    return count;
}

/// Whether the process that accepts has all connections, as many as it is allowed.
bool accepts_all() {
    const auto others = {"iterative", "fork", "prefork", "ringlet"};
    return std::none_of(others.begin(), others.end(),
                        [](std::string_view name) { return name == model(); });
}

} // namespace

TEST_CASE("a slow reader gets all of a large file, and nobody waits for it") {
    model_site site;
    const std::string& large = site.add("large.bin", (5 << 20) + 17);
    const server_process server(serve_by_model(site.path()));
    raw_client slow = stuck_in(server.port(), "/large.bin");
    if (is_concurrent())
        CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
    const auto a = slow.read_answer();
    REQUIRE(a);
    CHECK(a->complete);
    CHECK(a->body == large);
    CHECK(slow.at_end());
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
}

TEST_CASE("a silent client keeps nobody from being served, but in the iterative model") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    std::vector<raw_client> silent;
    for (int i = 0; i < 10; ++i)
        silent.emplace_back(server.port());
    silent.front().send("GET /one.txt HT");
    if (!is_concurrent())
        silent.clear();
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
}

TEST_CASE("several clients at once each get what they ask for") {
    const model_site site;
    const server_process server(serve_by_model(site.path()));
    const std::vector<std::string> names{"one.txt", "index.html", "big.bin", "style.css",
                                         "edge-65536.bin"};
    std::atomic<int> right{0};
    constexpr int clients = 16, requests = 10;
    {
        std::vector<std::jthread> all;
        for (std::size_t i = 0; i < clients; ++i)
            all.emplace_back([&, i] {
                for (std::size_t j = 0; j < requests; ++j) {
                    const std::string& name = names[(i + j) % names.size()];
                    right += ask(server.port(), target_of(name)).body == site[name] ? 1 : 0;
                }
            });
    }
    CHECK(right == clients * requests);
}

TEST_CASE("a client that goes away in the middle harms nobody, and leaves nothing behind") {
    model_site site;
    site.add("large.bin", 5 << 20);
    server_process server(serve_by_model(site.path()));
    CHECK(ask(server.port(), "/one.txt").status == 200);
    const std::size_t processes = model() == "prefork" ? 16 : 0;
    const auto as_ever = [&] { return children_of(server.pid()).size() == processes; };
    CHECK(eventually(as_ever));
    const std::size_t before = open_descriptors_of_all(server);
    for (int i = 0; i < 20; ++i) {
        raw_client client = stuck_in(server.port(), "/large.bin");
        if (i % 2 == 0)
            client.reset();
        else
            client.close();
        raw_client half(server.port());
        half.send("GET /one.txt HT");
        half.reset();
    }
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
    CHECK(eventually(as_ever));
    CHECK(eventually([&] { return open_descriptors_of_all(server) <= before; }));
}

TEST_CASE("when descriptors run out, it serves on as soon as there are some again") {
    const model_site site;
    server_process server(serve_by_model(site.path()), [] { limit_open_files(64); });
    std::vector<raw_client> silent;
    for (int i = 0; i < 100; ++i)
        silent.emplace_back(server.port());
    if (accepts_all()) // the test's own process may have handed some down
        CHECK(eventually([&] { return server.open_descriptors() >= 64; }));
    silent.clear();
    CHECK(eventually([&] { return serves(server.port()); }));
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
}

TEST_CASE("a client that select has no bit for is turned away, and others are not", "[select]") {
    limit_open_files(4096);
    const model_site site;
    const server_process server(serve_by_model(site.path(), {"--patience-s", "60"}));
    raw_client first(server.port());
    std::vector<raw_client> many;
    for (int i = 0; i < 1024; ++i)
        many.emplace_back(server.port());
    const auto refused = many.back().read_answer();
    REQUIRE(refused);
    CHECK(refused->status == 503);
    const auto answered = first.send(request_text("/one.txt")).read_answer();
    REQUIRE(answered);
    CHECK(answered->body == site["one.txt"]);
    many.clear();
    CHECK(eventually([&] { return serves(server.port()); }));
}

} // namespace ringlet::testing
