// Apps asked in memory, with time that is not real.
#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <thread>

using namespace ringlet;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

awaitable<response> hello(request& req) {
    co_return text("hello, " + std::string(req.param("name")) + "\n");
}

awaitable<response> hold(request&) {
    co_await sleep_for(3h);
    co_return text("held");
}

awaitable<response> forever(request&) {
    co_await sleep_for(std::chrono::steady_clock::duration::max());
    co_return text("never");
}

awaitable<response> echo(request& req) {
    const std::string all = co_await req.body().text();
    co_return text(all);
}

awaitable<response> in_time(request&) {
    auto race = sleep_for(2s) || sleep_for(1h);
    const auto winner = co_await std::move(race);
    co_return text(winner.index() == 0 ? "the short one" : "the long one");
}

awaitable<void> tick(writer& out) {
    for (int i = 0; i < 3; ++i) {
        co_await out.write("tick\n");
        co_await sleep_for(1s);
    }
}

awaitable<response> ticks(request&) {
    co_return stream("text/plain", tick);
}

int blocking() {
    std::this_thread::sleep_for(1ms);
    return 7;
}

awaitable<response> offloaded(request&) {
    const int n = co_await offload(blocking);
    co_return text(std::to_string(n));
}

struct tally {
    int entered = 0, left = 0;
};

struct presence {
    explicit presence(tally& t) : counts(t) { ++counts.entered; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() { ++counts.left; }
    tally& counts;
};

awaitable<response> counted(request&, tally& t) {
    const presence here(t);
    co_await sleep_for(1h);
    co_return text("late");
}

} // namespace

TEST_CASE("a handler's test is three lines") {
    server app;
    app.get("/hello/{name}", hello);
    test::client client(app);
    CHECK(client.get("/hello/world").body == "hello, world\n");
}

TEST_CASE("an answer in memory has status and fields and content") {
    server app;
    app.get("/hello/{name}", hello);
    app.post("/echo", echo);
    test::client client(app);
    const test::answer a = client.get("/hello/x", {{"X-Asked", "yes"}});
    CHECK(a.status == 200);
    CHECK(a.complete);
    CHECK(a.field("content-type") == "text/plain; charset=utf-8");
    CHECK(client.get("/missing").status == 404);
    CHECK(client.post("/echo", std::string(100'000, 'e')).body == std::string(100'000, 'e'));
    const test::answer head = client.send({"HEAD", "/hello/x"});
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.field("Content-Length") == "9");
    CHECK(client.send_raw("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("hours of sleep pass at once") {
    server app;
    app.get("/hold", hold);
    app.get("/either", in_time);
    test::client client(app, {.handler_timeout_s = 4h});
    CHECK(client.get("/hold").body == "held");
    CHECK(client.elapsed() == 3h);
    CHECK(client.get("/either").body == "the short one");
    CHECK(client.elapsed() == 2s);
}

TEST_CASE("a handler that never answers is answered for") {
    server app;
    app.get("/forever", forever);
    test::client client(app);
    CHECK(client.get("/forever").status == 503);
    CHECK(client.elapsed() == server_limits().handler_timeout_s);
}

TEST_CASE("streams and files and offloaded work are real in memory too") {
    const testing::temporary_folder folder;
    folder.write("file.txt", "a file");
    server app;
    app.get("/ticks", ticks);
    app.get("/offload", offloaded);
    app.files("/", folder.path().string());
    test::client client(app);
    const test::answer a = client.get("/ticks");
    CHECK(a.complete);
    CHECK(a.body == "tick\ntick\ntick\n");
    CHECK(client.elapsed() == 3s);
    CHECK(client.get("/offload").body == "7");
    CHECK(client.get("/file.txt").body == "a file");
}

TEST_CASE("a client that leaves early has its handler cancelled") {
    server app;
    tally t;
    app.get("/counted", counted, t);
    test::client client(app);
    CHECK(client.leave_after({"GET", "/counted"}, 10s).empty());
    CHECK(client.elapsed() >= 10s);
    CHECK(client.elapsed() < 11s);
    CHECK(t.entered == 1);
    CHECK(t.left == 1);
}

TEST_CASE("content that stalls is 408") {
    server app;
    app.post("/echo", echo);
    test::client client(app);
    const std::string got =
        client.send_raw("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
    CHECK(got.starts_with("HTTP/1.1 408 "));
    CHECK(got.find("Connection: close\r\n") != got.npos);
    CHECK(client.elapsed() >= server_limits().body_timeout_s);
    CHECK(client.elapsed() < server_limits().body_timeout_s + 5s);
}

TEST_CASE("a head that stalls is 408") {
    server app;
    app.get("/hello/{name}", hello);
    test::client client(app);
    CHECK(client.send_raw("GET /hello/x HT").starts_with("HTTP/1.1 408 "));
    CHECK(client.elapsed() >= server_limits().head_timeout_s);
}

TEST_CASE("what an app owns goes last to first, and after its handlers") {
    struct noted {
        std::string& order;
        char name;
        noted(std::string& o, char n) : order(o), name(n) {}
        ~noted() { order += name; }
    };
    std::string order;
    {
        server app;
        app.own<noted>(order, 'a');
        app.own<noted>(order, 'b');
        auto of_the_handler = std::make_shared<noted>(order, 'h');
        app.get("/",
                [of_the_handler](request&) -> awaitable<response> { co_return text("hello"); });
        of_the_handler.reset();
        app.own<noted>(order, 'c');
        test::client client(app);
        CHECK(client.get("/").body == "hello");
        CHECK(order.empty());
    }
    CHECK(order == "hcba");
}

TEST_CASE("what is wrong with an app is told when it is to be tested") {
    server app;
    app.get("/a/{b}", hello);
    app.get("/a/{c}", hello);
    CHECK_THROWS_AS(test::client(app), std::invalid_argument);
}
