// What a server does between its start and its end because somebody asks for it.
#include "e2e/refusal.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/steady_load.hpp"

#include <atomic>
#include <random>
#include <thread>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

using steady_clock = std::chrono::steady_clock;

/// Asks over kept connections, with small random pauses, until each has been told that it ends.
/// Counts the requests that were written before `late` and not answered whole.
void ask_all_until_told(std::uint16_t port, unsigned seed, const std::string& body,
                        const std::atomic<steady_clock::time_point>& late, std::atomic<long>& whole,
                        std::atomic<long>& failed) {
    std::mt19937 random(seed);
    std::vector<raw_client> clients;
    for (int i = 0; i < 16; ++i)
        clients.emplace_back(port);
    while (!clients.empty()) {
        ::usleep(random() % 300);
        const auto c = clients.begin() + static_cast<long>(random() % clients.size());
        c->offer(request_text("/one.txt"));
        const bool in_time = steady_clock::now() < late.load();
        const auto a = c->read_answer();
        const bool well = a && a->complete && a->body == body;
        whole += well ? 1 : 0;
        failed += !well && in_time ? 1 : 0;
        if (!well || a->field("Connection") == "close")
            clients.erase(c);
    }
}

} // namespace

TEST_CASE("hundreds of kept connections lose no request at the end of the server") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "2"}));
    std::atomic<long> whole{0}, failed{0};
    // Idle connections are kept for 2 s: clients that come later have no right to an answer.
    std::atomic<steady_clock::time_point> late{steady_clock::time_point::max()};
    {
        std::vector<std::jthread> clients;
        for (unsigned i = 0; i < 16; ++i)
            clients.emplace_back([&, i] {
                ask_all_until_told(server.port(), i, site["one.txt"], late, whole, failed);
            });
        CHECK(eventually([&] { return whole > 1000; }));
        late = steady_clock::now() + std::chrono::milliseconds(1500);
        server.signal(SIGTERM);
    }
    CHECK(failed == 0);
    server.expect_exit(0);
}

TEST_CASE("a kept connection is answered after SIGTERM, and told that it ends") {
    const test_site site;
    server_process server(serve(site.path()));
    raw_client kept(server.port());
    kept.send(request_text("/one.txt")).read_answer();
    server.signal(SIGTERM);
    CHECK(ask_until_told(kept, "/one.txt", site["one.txt"]));
    server.expect_exit(0);
}

TEST_CASE("health is answered on request only") {
    test_site site;
    site.write("-/healthz", "a file");
    {
        server_process server(serve(site.path()));
        CHECK(ask(server.port(), "/-/healthz").body == "a file");
        CHECK(ask(server.port(), "/-/readyz").status == 404);
    }
    const auto log = site.path() / "access.log";
    server_process server(serve(site.path(), {"--health", "--access-log", log.string()}));
    for (const char* target : {"/-/healthz", "/-/readyz", "/-/readyz?verbose"}) {
        const answer a = ask(server.port(), target);
        CHECK(a.status == 200);
        CHECK(a.body == "ok\n");
        CHECK(a.field("Content-Type").starts_with("text/plain"));
        CHECK(a.field("Cache-Control") == "no-store");
        const answer head = ask(server.port(), target, "", "HEAD");
        CHECK(head.status == 200);
        CHECK(head.field("Content-Length") == "3");
    }
    const answer refused = ask(server.port(), "/-/healthz", "", "POST");
    CHECK(refused.status == 405);
    CHECK(refused.field("Allow").starts_with("GET, HEAD"));
    CHECK(ask(server.port(), "/-/other").status == 404);
    server.signal(SIGTERM);
    server.expect_exit(0);
    const std::string logged = read_file(log); // those that say nothing are left out
    CHECK(std::count(logged.begin(), logged.end(), '\n') == 1);
    CHECK(logged.find("/-/other") != logged.npos);
}

TEST_CASE("load balancers are told of the end while everything goes on") {
    const test_site site;
    server_process server(serve(site.path(), {"--health", "--drain-delay-s", "3600"}));
    raw_client kept(server.port());
    kept.send(request_text("/one.txt")).read_answer();
    server.signal(SIGTERM);
    server.expect_printed("for load balancers to notice");
    CHECK(ask(server.port(), "/-/readyz").status == 503);
    CHECK(ask(server.port(), "/-/healthz").status == 200);
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
    const auto a = kept.send(request_text("/one.txt")).read_answer();
    REQUIRE(a);
    CHECK(a->field("Connection").empty());
    server.signal(SIGTERM); // does not wait for them
    server.expect_exit(1);
}

TEST_CASE("the end comes when load balancers have had their time") {
    const test_site site;
    server_process server(serve(site.path(), {"--drain-delay-s", "1"}));
    server.signal(SIGINT);
    server.expect_printed("finishing");
    server.expect_printed("for load balancers to notice");
    server.expect_exit(0);
    expect_refusal(start(serve(site.path(), {"--drain-delay-s", "3601"})), {"--drain-delay-s"});
}

TEST_CASE("SIGHUP serves what is now at the folder's path") {
    const temporary_folder place;
    const auto make = [&](const std::string& name) {
        fs::create_directory(place.path() / name);
        place.write(name + "/which.txt", name);
    };
    make("one");
    make("two");
    make("three");
    place.link("one", "current");
    server_process server(serve(place.path() / "current"));
    const auto which = [&] { return ask(server.port(), "/which.txt").body; };
    CHECK(which() == "one");

    place.link("two", "next");
    fs::rename(place.path() / "next", place.path() / "current");
    CHECK(which() == "one");
    server.signal(SIGHUP);
    CHECK(eventually([&] { return which() == "two"; }));

    fs::remove(place.path() / "current");
    server.signal(SIGHUP);
    server.expect_printed("no such folder");
    server.expect_printed("the old one goes on being served");
    CHECK(which() == "two");

    fs::rename(place.path() / "three", place.path() / "current");
    server.signal(SIGHUP);
    CHECK(eventually([&] { return which() == "three"; }));
}

} // namespace ringlet::testing
