// What docs/handlers.md says about testing.
#include "support/catch.hpp"

#include <ringlet/ringlet.hpp>
#include <ringlet/test/client.hpp>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

awaitable<response> hello(request& req) {
    co_return text("hello, " + std::string(req.param("name")) + "\n");
}

awaitable<response> slow(request&) {
    co_await sleep_for(60s);
    co_return text("done\n");
}

void add_routes(server& app) {
    app.get("/hello/{name}", hello);
    app.get("/slow", slow);
}

} // namespace

TEST_CASE("the app greets whom the path names") {
    server app;
    add_routes(app);
    test::client client(app);
    CHECK(client.get("/hello/world").body == "hello, world\n");
    CHECK(client.post("/hello/world", "").status == 405);
}

TEST_CASE("the slow handler takes a minute, of which nobody waits a moment") {
    server app;
    add_routes(app);
    test::client client(app);
    CHECK(client.get("/slow").body == "done\n");
    CHECK(client.elapsed() == 60s);
}

TEST_CASE("the middleware of the guide is around everything") {
    server app;
    app.use(request_id());
    app.use(security_headers());
    app.use(compress());
    add_routes(app);
    routes hasty = app.group("/hasty");
    hasty.use(deadline(5s));
    hasty.get("/slow", slow);
    test::client client(app);
    CHECK(client.get("/hello/world").field("X-Request-Id").size() == 32);
    CHECK(client.get("/hello/world").field("X-Content-Type-Options") == "nosniff");
    CHECK(client.get("/hasty/slow").status == 503);
    CHECK(client.elapsed() == 5s);
}
