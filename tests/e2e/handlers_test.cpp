// A program with handlers of its own.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <chrono>
#include <sys/resource.h>

namespace ringlet::testing {
namespace {

std::vector<std::string> app(const test_site& site) {
    return {RINGLET_HANDLERS_APP, site.path().string()};
}

} // namespace

TEST_CASE("handlers get what was asked") {
    const test_site site;
    const server_process server(app(site));
    CHECK(ask(server.port(), "/hello/world").body == "hello, world");
    CHECK(ask(server.port(), "/hello/w%C3%B6rld%20x").body == "hello, w\xc3\xb6rld x");
    CHECK(ask(server.port(), "/hello/literal").body == "the literal one");
    CHECK(ask(server.port(), "/echo?a=%20b&c", "X-Asked: value\r\n").body ==
          "GET /echo a=%20b&c value");
    CHECK(ask(server.port(), "/timer").body == "rung");
    CHECK(ask(server.port(), "/offload").body == "144");
    const answer large = ask(server.port(), "/large");
    CHECK(large.complete);
    CHECK((large.body == std::string(5'000'000, 'L')));
    CHECK(ask(server.port(), "/static/one.txt").body == site["one.txt"]);
    CHECK(ask(server.port(), "/static?q").field("Location") == "/static/?q");
}

TEST_CASE("HEAD of a handler has the same head and no content") {
    const test_site site;
    const server_process server(app(site));
    raw_client client(server.port());
    client.send(request_text("/hello/world", "", "HEAD") + request_text("/hello/world"));
    const auto head = client.read_answer("HEAD");
    const auto get = client.read_answer();
    REQUIRE(head);
    REQUIRE(get);
    CHECK(head->status == 200);
    CHECK(head->field("Content-Length") == get->field("Content-Length"));
    CHECK(head->field("Content-Type") == "text/plain; charset=utf-8");
    CHECK(get->body == "hello, world");
}

TEST_CASE("what no handler takes is 404 and what none can do is 405") {
    const test_site site;
    const server_process server(app(site));
    CHECK(ask(server.port(), "/").status == 404);
    CHECK(ask(server.port(), "/hello").status == 404);
    CHECK(ask(server.port(), "/hello/").status == 404);
    CHECK(ask(server.port(), "/hello/a/b").status == 404);
    const answer post = ask(server.port(), "/hello/world", "Content-Length: 0\r\n", "POST");
    CHECK(post.status == 405);
    CHECK(post.field("Allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("a hundred sleeping handlers sleep at once on one worker") {
    const test_site site;
    server_process server(app(site));
    const std::size_t before = server.open_descriptors();
    std::vector<raw_client> clients;
    for (int i = 0; i < 100; ++i)
        clients.emplace_back(server.port());
    const auto started = std::chrono::steady_clock::now();
    for (raw_client& c : clients)
        c.send(request_text("/sleep"));
    for (raw_client& c : clients) {
        const auto a = c.read_answer();
        REQUIRE(a);
        CHECK(a->body == "awake");
    }
    // One after the other they would take 20 s.
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(8));
    clients.clear();
    CHECK(server.back_to(before));
}

TEST_CASE("more handlers than there are receive buffers can wait, and others are heard") {
    const test_site site;
    server_process server(app(site));
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    std::vector<raw_client> waiting;
    for (int i = 0; i < 1100; ++i) {
        waiting.emplace_back(server.port());
        waiting.back().send(request_text("/held"));
    }
    CHECK(ask(server.port(), "/hello/world").body == "hello, world");
    server.signal(SIGTERM);
    server.expect_printed("finishing");
    server.signal(SIGTERM);
    server.expect_exit(1);
}

TEST_CASE("offloaded work that does not end cannot keep the server from its end") {
    const test_site site;
    server_process server(app(site));
    raw_client client(server.port());
    client.send(request_text("/blocked"));
    REQUIRE(ask(server.port(), "/offload").status == 200); // behind it, so that it is under way
    server.signal(SIGTERM);
    server.expect_exit(0);
}

TEST_CASE("more offloaded work than the queue takes is 503") {
    const test_site site;
    server_process server(app(site));
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    std::vector<raw_client> waiting;
    // As many as run and wait at once (limits::offload_threads and offload_queue), and more.
    for (int i = 0; i < 8 + 1024 + 100; ++i) {
        waiting.emplace_back(server.port());
        waiting.back().send(request_text("/blocked"));
    }
    CHECK(eventually([&] { return ask(server.port(), "/offload").status == 503; }));
    CHECK(ask(server.port(), "/hello/world").status == 200);
    server.signal(SIGTERM);
    server.expect_printed("finishing");
    server.signal(SIGTERM);
    server.expect_exit(1);
}

TEST_CASE("a cache_control function that fails is a 500, and what it gives is a field") {
    const test_site site;
    const server_process server(app(site));
    CHECK(ask(server.port(), "/ruled/photo.png").field("Cache-Control") == "max-age=5");
    CHECK(ask(server.port(), "/ruled/one.txt").status == 500);
    const answer forged = ask(server.port(), "/ruled/");
    CHECK(forged.status == 500);
    CHECK(forged.field("X-Evil").empty());
}

TEST_CASE("an exception is 500 and a line in the log and the server lives on") {
    const test_site site;
    server_process server(app(site));
    raw_client client(server.port());
    for (const char* target : {"/throws", "/throws/number", "/offload/throws"}) {
        CAPTURE(target);
        client.send(request_text(target) + request_text("/hello/world"));
        const auto failed = client.read_answer();
        const auto next = client.read_answer();
        REQUIRE(failed);
        REQUIRE(next);
        CHECK(failed->status == 500);
        CHECK(failed->body.find("always fails") == failed->body.npos); // the client is not told why
        CHECK(next->body == "hello, world");
    }
    const std::string printed = server.expect_printed("offloaded work failed");
    CHECK(printed.find("this handler always fails") != printed.npos);
}

TEST_CASE("an exception without a word is 500 as well") {
    const test_site site;
    const server_process server(app(site));
    CHECK(ask(server.port(), "/throws/wordless").status == 500);
}

TEST_CASE("a handler cannot be made to write fields of the client's choice") {
    const test_site site;
    const server_process server(app(site));
    for (const char* target :
         {"/inject/value", "/inject/value?nul", "/inject/name", "/inject/type"}) {
        CAPTURE(target);
        const answer a = ask(server.port(), target);
        CHECK(a.status == 500);
        CHECK(a.field("X-Injected").empty());
    }
}

TEST_CASE("a handler cannot spoil the framing of its answer") {
    const test_site site;
    const server_process server(app(site));
    raw_client client(server.port());
    client.send(request_text("/own-framing") + request_text("/hello/world"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 500);
    const auto next = client.read_answer();
    REQUIRE(next);
    CHECK(next->body == "hello, world");
}

TEST_CASE("any status from 200 to 599 can be answered") {
    const test_site site;
    const server_process server(app(site));
    CHECK(ask(server.port(), "/status/204").body.empty());
    CHECK(ask(server.port(), "/status/304").body.empty());
    CHECK(ask(server.port(), "/status/404").body == "content");
    CHECK(ask(server.port(), "/status/299").status == 299);
    CHECK(ask(server.port(), "/status/599").status == 599);
    CHECK(ask(server.port(), "/status/99").status == 500);
    CHECK(ask(server.port(), "/status/101").status == 500);
    CHECK(ask(server.port(), "/status/600").status == 500);
}

TEST_CASE("clients that do not wait for their handler leave nothing behind") {
    const test_site site;
    server_process server(app(site));
    ask(server.port(), "/timer"); // Asio's timers open descriptors of their own when first used
    const std::size_t before = server.open_descriptors();
    for (const char* target : {"/sleep", "/offload", "/large", "/throws", "/timer"})
        for (int i = 0; i < 20; ++i) {
            raw_client gone(server.port());
            gone.send(request_text(target) + request_text(target));
            i % 2 == 0 ? gone.reset() : gone.close();
        }
    CHECK(server.back_to(before));
    CHECK(ask(server.port(), "/hello/world").status == 200);
}

TEST_CASE("a client cannot fill the memory while its handler sleeps") {
    const test_site site;
    const server_process server(app(site));
    raw_client flood(server.port());
    flood.send(request_text("/hello/first"))
        .read_answer(); // from the second request on, receives stay armed
    flood.send(request_text("/sleep"));
    std::string requests;
    for (int i = 0; i < 2000; ++i)
        requests += request_text("/hello/x");
    std::jthread writer([&] { flood.send(requests); });
    for (int i = 0; i < 20; ++i)
        CHECK(ask(server.port(), "/hello/y").status == 200);
    const auto slept = flood.read_answer();
    REQUIRE(slept);
    CHECK(slept->body == "awake");
    for (int i = 0; i < 2000; ++i) {
        const auto a = flood.read_answer();
        REQUIRE(a);
        REQUIRE(a->body == "hello, x");
    }
}

TEST_CASE("a handler that has begun is finished after SIGTERM") {
    const test_site site;
    for (const char* target : {"/told", "/told/offload", "/large"}) {
        CAPTURE(target);
        server_process server(app(site));
        raw_client client(server.port());
        raw_client barrier(server.port());
        client.send(request_text(target));
        barrier.send(request_text("/hello/x")).read_answer(); // so the first was read as well
        server.signal(SIGTERM);
        server.expect_printed("finishing");
        server.signal(SIGUSR1);
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == 200);
        CHECK(a->complete);
        if (std::string_view(target) != "/large") // whose head was sent before
            CHECK(a->field("Connection") == "close");
        CHECK(client.at_end());
        server.expect_exit(0);
    }
}

TEST_CASE("a signal that the program handles itself does not end the server") {
    const test_site site;
    server_process server(app(site));
    server.signal(SIGUSR1);
    for (int i = 0; i < 20; ++i)
        ask(server.port(), "/timer"); // time enough to begin to end
    CHECK(ask(server.port(), "/hello/world").status == 200);
    CHECK(server.err().text().find("finishing") == std::string::npos);
}

} // namespace ringlet::testing
