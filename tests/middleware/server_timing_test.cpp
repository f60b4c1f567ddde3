#include "ringlet/sleep.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

awaitable<response> slow(request&) {
    co_await sleep_for(12'300us);
    co_return text("done\n");
}

awaitable<response> timed_itself(request&) {
    co_await sleep_for(2s);
    response r = text("done\n");
    r.set("Server-Timing", "db;dur=5");
    co_return r;
}

} // namespace

TEST_CASE("an answer tells how many milliseconds its handler took") {
    server app;
    app.use(server_timing());
    app.get("/", slow);
    test::client client(app);
    CHECK(client.get("/").field("Server-Timing") == "app;dur=12.3");
    CHECK(client.get("/nowhere").field("Server-Timing") == "app;dur=0.0");
}

TEST_CASE("what the handler tells of its own time stays in front") {
    server app;
    app.use(server_timing());
    app.get("/", timed_itself);
    test::client client(app);
    CHECK(client.get("/").field("Server-Timing") == "db;dur=5, app;dur=2000.0");
}
