#include "ringlet/sleep.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

#include <boost/system/system_error.hpp>

#include <stdexcept>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

// What became of a handler that takes an hour.
struct story {
    bool begun = false;
    bool cancelled = false;
    bool ended = false;

    awaitable<response> tell(request&) {
        begun = true;
        try {
            co_await sleep_for(1h);
        } catch (const boost::system::system_error&) {
            cancelled = true;
            throw;
        }
        ended = true;
        co_return text("at last\n");
    }
};

awaitable<response> quick(request&) {
    co_await sleep_for(900ms);
    response r = text("in time\n");
    r.set("X-Own", "kept");
    co_return r;
}

awaitable<response> broken(request&) {
    throw std::runtime_error("a bug");
    co_return text("");
}

awaitable<response> refuse(request&, next_handler) {
    throw http_error(429, "Not so fast.");
    co_return text("");
}

awaitable<void> slowly(writer& out) {
    for (int i = 0; i < 5; ++i) {
        co_await sleep_for(1min);
        co_await out.write("piece\n");
    }
}

awaitable<response> long_stream(request&) {
    co_return stream("text/plain", slowly);
}

} // namespace

TEST_CASE("an answer that is in time is left alone") {
    server app;
    app.use(deadline(1s));
    app.get("/", quick);
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.status == 200);
    CHECK(a.body == "in time\n");
    CHECK(a.field("X-Own") == "kept");
    CHECK(client.elapsed() == 900ms);
}

TEST_CASE("after the deadline the handler is cancelled and the client told to try again") {
    server app;
    story s;
    app.use(deadline(1s));
    app.get("/", [&s](request& req) { return s.tell(req); });
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.status == 503);
    CHECK(a.field("Retry-After") == "1");
    CHECK(a.complete);
    CHECK(client.elapsed() == 1s);
    CHECK(s.begun);
    CHECK(s.cancelled);
    CHECK_FALSE(s.ended);
    CHECK(client.get("/nowhere").status == 404); // and the server goes on
}

TEST_CASE("a handler that tries again although it was cancelled is cancelled again") {
    server app;
    app.use(deadline(1s));
    app.get("/", [](request&) -> awaitable<response> {
        for (int tries = 0; tries < 5; ++tries) {
            try {
                co_await sleep_for(1h);
            } catch (const std::exception&) {
                continue;
            }
        }
        co_return text("at last\n");
    });
    test::client client(app);
    CHECK(client.get("/").status == 503);
    CHECK(client.elapsed() > 1s);
    CHECK(client.elapsed() < 1100ms);
}

TEST_CASE("another status can be asked for, and it does not promise anything") {
    server app;
    story s;
    app.use(deadline(1s, 504));
    app.get("/", [&s](request& req) { return s.tell(req); });
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.status == 504);
    CHECK(a.field("Retry-After").empty());
    CHECK(s.cancelled);
}

TEST_CASE("the answer after a deadline is in the form that the client prefers") {
    server app;
    story s;
    app.use(deadline(1s));
    app.get("/", [&s](request& req) { return s.tell(req); });
    test::client client(app);
    CHECK(client.get("/").field("Content-Type").starts_with("text/html"));
    CHECK(client.get("/", {{"Accept", "application/json"}}).field("Content-Type") ==
          "application/problem+json");
}

TEST_CASE("middleware outside of a deadline sees its answer as any other") {
    server app;
    story s;
    app.use(cors());
    app.use(deadline(1s));
    app.get("/", [&s](request& req) { return s.tell(req); });
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.status == 503);
    CHECK(a.field("Access-Control-Allow-Origin") == "*");
}

TEST_CASE("the shortest of nested deadlines counts") {
    server app;
    story s;
    app.use(deadline(5s, 503));
    app.get("/inner", [&s](request& req) { return s.tell(req); }).use(deadline(2s, 504));
    app.get("/outer", [&s](request& req) { return s.tell(req); }).use(deadline(20s, 504));
    test::client client(app);
    CHECK(client.get("/inner").status == 504);
    CHECK(client.elapsed() == 2s);
    CHECK(client.get("/outer").status == 503);
    CHECK(client.elapsed() == 5s);
}

TEST_CASE("a failure is told at once, not at the deadline") {
    server app;
    app.use(deadline(1h));
    app.get("/", broken);
    app.get("/refused", quick).use(refuse);
    test::client client(app);
    CHECK(client.get("/").status == 500);
    CHECK(client.elapsed() == 0s);
    CHECK(client.get("/refused").status == 429);
    CHECK(client.elapsed() == 0s);
}

TEST_CASE("a stream has begun in time and is not cut") {
    server app;
    app.use(deadline(1s));
    app.get("/", long_stream);
    test::client client(app);
    const auto a = client.get("/");
    CHECK(a.status == 200);
    CHECK(a.complete);
    CHECK(a.body == "piece\npiece\npiece\npiece\npiece\n");
    CHECK(client.elapsed() == 5min);
}

TEST_CASE("a handler behind a deadline is cancelled when its client leaves") {
    server app;
    story s;
    app.use(deadline(1min));
    app.get("/", [&s](request& req) { return s.tell(req); });
    test::client client(app);
    CHECK(client.leave_after({"GET", "/"}, 1s).empty());
    CHECK(s.begun);
    CHECK(s.cancelled);
}

TEST_CASE("a deadline whose status is no error is refused at once") {
    CHECK_THROWS_AS(deadline(1s, 200), std::invalid_argument);
    CHECK_THROWS_AS(deadline(1s, 600), std::invalid_argument);
}

TEST_CASE("a deadline that has passed before it begins is refused at once") {
    CHECK_THROWS_AS(deadline(0s), std::invalid_argument);
    CHECK_THROWS_AS(deadline(-1s), std::invalid_argument);
}
