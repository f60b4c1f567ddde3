// The limits of one request, in memory.
#include "server/connection.hpp"

#include "io/memory_backend.hpp"
#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

#include <boost/system/system_error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

awaitable<response> hello(request&) {
    co_return text("hello\n");
}

awaitable<response> echo(request& req) {
    co_return text(co_await req.body().text());
}

awaitable<response> echo_more(request& req) {
    co_return text(co_await req.body().text(100));
}

awaitable<response> sleep_an_hour(request&) {
    co_await sleep_for(1h);
    co_return text("at last\n");
}

awaitable<response> stubborn(request&) {
    try {
        co_await sleep_for(1h);
    } catch (const boost::system::system_error&) { // it has an answer all the same
    }
    co_return text("so there\n");
}

awaitable<response> minute(request&) {
    co_await sleep_for(1min);
    co_return text("a minute\n");
}

awaitable<void> write_for_an_hour(writer& out) {
    for (int i = 0; i < 60; ++i) {
        co_await sleep_for(1min);
        co_await out.write("x");
    }
}

awaitable<response> hour_of_stream(request&) {
    co_return stream("text/plain", write_for_an_hour);
}

server small_app() {
    server app;
    app.get("/{rest...}", hello);
    app.get("/hour", sleep_an_hour);
    app.get("/stubborn", stubborn);
    app.get("/minute", minute);
    app.get("/stream", hour_of_stream);
    app.post("/echo", echo);
    app.post("/more", echo_more);
    return app;
}

// As many fields as that, the client's own Host among them.
test::field_list fields(std::size_t count) {
    return test::field_list(count - 1, {"X", "y"});
}

int run_with(const server_limits& limits) {
    server app = small_app();
    return app.run({.port = 0, .level = log_level::error, .limits = limits});
}

} // namespace

TEST_CASE("the limits of a head are those of the server") {
    server app = small_app();
    test::client client(app, {.head_bytes = 2000, .head_fields = 10, .target_bytes = 100});
    CHECK(client.get('/' + std::string(99, 'a')).status == 200);
    CHECK(client.get('/' + std::string(100, 'a')).status == 414);
    CHECK(client.get("/", fields(10)).status == 200);
    CHECK(client.get("/", fields(11)).status == 431);
    CHECK(client.get("/", {{"X", std::string(1900, 'x')}}).status == 200);
    CHECK(client.get("/", {{"X", std::string(2000, 'x')}}).status == 431);
}

TEST_CASE("the limits of a head can be larger than those that nobody has changed") {
    server app = small_app();
    test::client client(app, {.head_bytes = 65'535, .head_fields = 10'000, .target_bytes = 65'535});
    CHECK(client.get('/' + std::string(60'000, 'a')).status == 200);
    CHECK(client.get('/' + std::string(65'534, 'a')).status == 414); // no room for the line
    CHECK(client.get("/", fields(8'000)).status == 200);
    CHECK(client.get("/", {{"X", std::string(65'000, 'x')}}).status == 200);
    CHECK(client.get("/", {{"X", std::string(66'000, 'x')}}).status == 431);
}

TEST_CASE("a request line that fills the head is refused, though its target may be as long") {
    server app = small_app();
    test::client client(app, {.head_bytes = 1024, .target_bytes = 1024});
    CHECK(client.send_raw("GET /" + std::string(1019, 'a')).starts_with("HTTP/1.1 414 "));
    CHECK(client.send_raw("GET /" + std::string(1016, 'a') + " HT").starts_with("HTTP/1.1 414 "));
}

TEST_CASE("how much content a handler reads is the server's limit, unless it says more") {
    server app = small_app();
    test::client client(app, {.body_bytes = 10});
    CHECK(client.post("/echo", "0123456789").body == "0123456789");
    CHECK(client.post("/echo", "0123456789a").status == 413);
    CHECK(client.post("/more", "0123456789a").status == 200);
    CHECK(client.post("/more", std::string(101, 'x')).status == 413);
    test::client wide(app, {.body_bytes = 5'000'000});
    CHECK(wide.post("/echo", std::string(5'000'000, 'x')).status == 200);
}

TEST_CASE(
    "a handler that does not answer in time is cancelled, and its client told to come again") {
    server app = small_app();
    test::client client(app);
    for (const char* path : {"/hour", "/stubborn"}) {
        const auto a = client.get(path);
        CHECK(a.status == 503);
        CHECK(a.field("Retry-After") == "10");
        CHECK(a.body.find("in time") != std::string::npos);
        CHECK(client.elapsed() == 300s);
    }
    CHECK(client.get("/minute").status == 200);
    const std::string two = client.send_raw("GET /hour HTTP/1.1\r\nHost: x\r\n\r\n"
                                            "GET /minute HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(two.starts_with("HTTP/1.1 503 "));
    CHECK(two.ends_with("\r\n\r\na minute\n"));
}

TEST_CASE("the time of a handler ends when its answer begins") {
    server app = small_app();
    test::client client(app, {.handler_timeout_s = 1s});
    const auto a = client.get("/stream");
    CHECK(a.status == 200);
    CHECK(a.complete);
    CHECK(a.body == std::string(60, 'x'));
    CHECK(client.get("/minute").status == 503);
    CHECK(client.get("/").status == 200);
}

namespace {

// What a server with that much memory for buffers says to each of these, on connections of their
// own.
std::vector<std::string> said_with(std::uint64_t memory, const std::vector<std::string>& all) {
    site what;
    what.add_route(what.scopes.front(), "POST", "/echo", echo);
    what.finish();
    auto made = std::make_unique<io::memory_backend>();
    io::memory_backend& network = *made;
    std::optional<worker_state> state; // outlives the context
    io::context ctx(std::move(made));
    ctx.blocks().limit(memory);
    state.emplace(ctx, what, nullptr);
    std::vector<std::string> said;
    for (const std::string& bytes : all) {
        io::memory_connection both = network.connect();
        connection::start(std::make_unique<connection>(*state, std::move(both.server)));
        both.client.write(bytes);
        ctx.run();
        said.push_back(both.client.read());
    }
    CHECK(ctx.blocks().used() == 0);
    return said;
}

std::string post(std::size_t bytes) {
    return "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) +
           "\r\n\r\n" + std::string(bytes, 'x');
}

} // namespace

TEST_CASE("content that there is no memory for is 503, and nothing of it is held on to") {
    const auto said = said_with(200'000, {post(50'000), post(300'000), post(50'000)});
    CHECK(said[0].starts_with("HTTP/1.1 200 "));
    CHECK(said[1].starts_with("HTTP/1.1 503 "));
    CHECK(said[1].find("Retry-After: 10\r\n") != std::string::npos);
    CHECK(said[2].starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a head that there is no memory for is 503") {
    const std::string head = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(30'000, 'x');
    const auto said = said_with(20'000, {head});
    CHECK(said[0].starts_with("HTTP/1.1 503 "));
    CHECK(said[0].find("Retry-After: 10\r\n") != std::string::npos);
    CHECK(said[0].find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("limits that make no sense keep a server from starting") {
    CHECK(run_with({.head_timeout_s = 0s}) == 2);
    CHECK(run_with({.handler_timeout_s = 0s}) == 2);
    CHECK(run_with({.head_bytes = 1023}) == 2);
    CHECK(run_with({.head_bytes = 65'536}) == 2);
    CHECK(run_with({.head_fields = 0}) == 2);
    CHECK(run_with({.target_bytes = 65'536}) == 2);
    CHECK(run_with({.target_bytes = 15}) == 2);
    CHECK(run_with({.requests_per_connection = 0}) == 2);
    server app = small_app();
    CHECK_THROWS_AS(test::client(app, {.head_fields = 0}), std::invalid_argument);
}
