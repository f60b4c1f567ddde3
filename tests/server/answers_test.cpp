// What becomes of what handlers answer, and of what they throw.
#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>

using namespace ringlet;

namespace {

awaitable<response> echo_json(request& req) {
    const boost::json::value all = co_await req.body().json();
    co_return json(all);
}

awaitable<response> half(request& req) {
    co_return text(std::to_string(req.param<double>("n") / 2) + ' ' +
                   std::to_string(req.query<float>("m").value_or(0) / 2));
}

awaitable<void> write_hello(writer& out) {
    co_await out.write("hello");
}

// A response of that status with what it should not have.
awaitable<response> without_content(request& req) {
    const bool streams = req.query("stream").has_value();
    response r = streams ? stream("text/plain", write_hello) : text("hello");
    r.status = req.param<unsigned>("status");
    co_return r;
}

awaitable<response> hello(request&) {
    co_return text("hello");
}

awaitable<response> no_coroutine(request&) {
    return {};
}

awaitable<response> no_middleware(request&, next_handler) {
    return {};
}

awaitable<response> mark(request& req, next_handler next) {
    response r = co_await next(req);
    r.set("X-Marked", "yes");
    co_return r;
}

awaitable<void> no_producer(writer&) {
    return {};
}

awaitable<void> no_source(event_writer&) {
    return {};
}

awaitable<response> locked(request&) {
    throw http_error(401, "Who are you?")
        .set("WWW-Authenticate", "Basic realm=\"old\"")
        .set("Retry-After", "5")
        .set("www-authenticate", "Basic realm=\"door\"");
    co_return text("open");
}

awaitable<response> badly_locked(request& req) {
    throw http_error(503, "Not now.").set(std::string(req.query("name").value()), "1");
    co_return text("open");
}

awaitable<response> misspelt(request& req) {
    co_return text(std::to_string(req.param<int>("nmuber")));
}

awaitable<response> rest(request& req) {
    co_return text('[' + req.param<std::string>("rest") + std::string(req.param("none")) + ']');
}

} // namespace

TEST_CASE("a path with a NUL names no file") {
    const testing::temporary_folder folder;
    folder.write("a.txt", "a file");
    const std::string root = folder.path().string();
    server app;
    app.get("/in", [root](request& req) -> awaitable<response> {
        co_return file_in(root, req.query("p").value_or(""));
    });
    app.get("/own", [root](request& req) -> awaitable<response> {
        co_return file(root + '/' + std::string(req.query("p").value_or("")));
    });
    test::client client(app);
    for (const std::string target : {"/in?p=a.txt", "/own?p=a.txt"}) {
        CHECK(client.get(target).status == 200);
        CHECK(client.get(target + "%00").status == 404);
        CHECK(client.get(target + "%00.png").status == 404);
    }
}

TEST_CASE("a number beyond all doubles is refused in what a client sends") {
    server app;
    app.post("/json", echo_json);
    test::client client(app);
    CHECK(client.post("/json", R"({"a":[1,-2.5E0,"x",null]})").body ==
          R"({"a":[1,-2.5E0,"x",null]})");
    for (const std::string number : {"1e400", "-1e400"}) {
        CHECK(client.post("/json", number).status == 400);
        CHECK(client.post("/json", '[' + number + ']').status == 400);
        CHECK(client.post("/json", R"([0,{"a":1,"b":[)" + number + "]}]").status == 400);
    }
}

TEST_CASE("JSON of what is no finite number is a mistake of the program") {
    using limit = std::numeric_limits<double>;
    for (const double number : {limit::infinity(), -limit::infinity(), limit::quiet_NaN()}) {
        CHECK_THROWS_AS(json(number), std::invalid_argument);
        CHECK_THROWS_AS(json({{"a", {1, number}}}), std::invalid_argument);
    }
    CHECK(json(limit::max()).status == 200);
}

TEST_CASE("a redirect to somewhere has a status that says so") {
    for (const unsigned status : {301, 302, 303, 307, 308})
        CHECK(redirect("/there", status).status == status);
    for (const unsigned status : {0, 200, 300, 304, 305, 404})
        CHECK_THROWS_AS(redirect("/there", status), std::invalid_argument);
}

TEST_CASE("infinity and NaN are no numbers in paths and queries") {
    server app;
    app.get("/half/{n}", half);
    test::client client(app);
    CHECK(client.get("/half/5?m=-3e0").body == "2.500000 -1.500000");
    for (const std::string number : {"inf", "-inf", "infinity", "NAN", "nan(1)", "1e400"}) {
        CHECK(client.get("/half/" + number).status == 400);
        CHECK(client.get("/half/1?m=" + number).status == 400);
    }
}

TEST_CASE("204 and 205 and 304 have no content even when a handler gives some") {
    server app;
    app.get("/{status}", without_content);
    test::client client(app);
    for (const std::string query : {"", "?stream"}) {
        for (const std::string status : {"204", "205", "304"}) {
            const std::string got = client.send_raw("GET /" + status + query +
                                                    " HTTP/1.1\r\nHost: x\r\n\r\n"
                                                    "GET /299 HTTP/1.1\r\nHost: x\r\n"
                                                    "Connection: close\r\n\r\n");
            CHECK(got.starts_with("HTTP/1.1 " + status));
            CHECK(got.find("\r\n\r\nHTTP/1.1 299 ") != got.npos);
            const std::string head = got.substr(0, got.find("\r\n\r\n") + 2);
            CHECK(head.find("Content-Type") == head.npos);
            CHECK(head.find("Transfer-Encoding") == head.npos);
            CHECK((head.find("Content-Length: 0\r\n") != head.npos) == (status == "205"));
        }
    }
}

TEST_CASE("the log says what keeps a response from being sent") {
    const auto said_of = [](const response& r) {
        server app;
        app.get("/r", [r](request&) -> awaitable<response> { co_return r; });
        test::client client(app);
        const testing::captured_log log;
        CHECK(client.get("/r").status == 500);
        return log.text();
    };
    const std::string before = "ringlet: error: /r: the handler's response cannot be sent: ";
    CHECK(said_of(status(700)) == before + "its status is 700\n");
    CHECK(said_of({200, "text/\r\n", "x"}) == before + "its content_type has a CR, LF or NUL\n");
    CHECK(said_of(status().set("X-Good", "1").set("a b\n", "1")) ==
          before + "'a b?' is not the name of a field\n");
    CHECK(said_of(status().set("content-length", "1")) ==
          before + "the field 'content-length' is for the server to write\n");
    CHECK(said_of(status().set("X-A", "1\n")) == before + "the field 'X-A' has a CR, LF or NUL\n");
}

TEST_CASE("a handler that is no coroutine is a 500 and a line in the log") {
    server app;
    app.get("/bare", no_coroutine);
    app.get("/wrapped", no_coroutine).use(mark);
    app.get("/middleware", hello).use(mark).use(no_middleware);
    test::client client(app);
    const testing::captured_log log;
    CHECK(client.get("/bare").status == 500);
    CHECK(log.has("GET /bare: handler failed: the handler returned an empty awaitable"));
    const test::answer wrapped = client.get("/wrapped");
    CHECK(wrapped.status == 500);
    CHECK(wrapped.field("X-Marked") == "yes");
    CHECK(log.has("GET /wrapped: handler failed: the handler returned an empty awaitable"));
    const test::answer within = client.get("/middleware");
    CHECK(within.status == 500);
    CHECK(within.field("X-Marked") == "yes");
    CHECK(log.has("GET /middleware: handler failed: the middleware returned an empty awaitable"));
}

TEST_CASE("a stream whose producer is no coroutine breaks off") {
    server app;
    app.get("/stream",
            [](request&) -> awaitable<response> { co_return stream("text/plain", no_producer); });
    app.get("/events", [](request&) -> awaitable<response> { co_return events(no_source); });
    test::client client(app);
    const testing::captured_log log;
    for (const char* target : {"/stream", "/events"}) {
        const test::answer a = client.get(target);
        CHECK(a.status == 200);
        CHECK_FALSE(a.complete);
    }
    CHECK(log.has("/stream: a stream broke off: the producer returned an empty awaitable"));
    CHECK(log.has("/events: a stream broke off: the source of events returned an empty awaitable"));
}

TEST_CASE("whatever cache_control throws is a 500 and a line in the log") {
    const testing::temporary_folder folder;
    folder.write("file.txt", "a file");
    server app;
    app.files("/", folder.path().string(),
              {.cache_control = [](std::string_view) -> std::string { throw 7; }});
    test::client client(app);
    const testing::captured_log log;
    CHECK(client.get("/file.txt").status == 500);
    CHECK(log.has("/file.txt: cache_control failed: an exception that is not a std::exception"));
}

TEST_CASE("an http_error carries fields") {
    server app;
    app.get("/bare", locked);
    app.get("/wrapped", locked).use(mark);
    app.get("/bad", badly_locked);
    test::client client(app);
    for (const std::string target : {"/bare", "/wrapped"}) {
        const test::answer a = client.get(target);
        CHECK(a.status == 401);
        CHECK(a.field("WWW-Authenticate") == "Basic realm=\"door\"");
        CHECK(a.field("Retry-After") == "5");
        CHECK(a.field("Content-Type") == "text/html; charset=utf-8");
        CHECK(a.body.find("Who are you?") != a.body.npos);
        CHECK(a.field("X-Marked") == (target == "/bare" ? "" : "yes"));
        CHECK(
            std::ranges::count(a.fields, "WWW-Authenticate", &test::field_list::value_type::first) +
                std::ranges::count(a.fields, "www-authenticate",
                                   &test::field_list::value_type::first) ==
            1);
    }
    const testing::captured_log log;
    for (const char* name : {"Content-Length", "a%20b", "a%0d%0ab"})
        CHECK(client.get("/bad?name=" + std::string(name)).status == 500);
    CHECK(log.has("/bad: the handler's response cannot be sent: 'a??b' is not"));
    CHECK(client.get("/bad?name=X-Good").status == 503);
}

TEST_CASE("a segment that the route has not is a mistake of the program") {
    server app;
    app.get("/{number}", misspelt);
    app.get("/rest/{rest...}", rest);
    test::client client(app);
    const testing::captured_log log;
    CHECK(client.get("/7").status == 500);
    CHECK(log.has("GET /7: handler failed: the route has no segment {nmuber}"));
    CHECK(client.get("/rest/").body == "[]");
    CHECK(client.get("/rest/a/b").body == "[a/b]");
}

TEST_CASE("the type of a file is what the handler says or else what its name says") {
    const testing::temporary_folder folder;
    folder.write("page", "a page");
    std::filesystem::create_directory(folder.path() / "sub");
    folder.write("sub/index.html", "an index");
    folder.write("index.html", "the index");
    const std::string root = folder.path().string();
    server app;
    const auto answer = [root](request& req) {
        const std::string name(req.query("p").value_or(""));
        response r = req.query("own") ? file(root + '/' + name) : file_in(root, name);
        if (const auto type = req.query("type"))
            r.content_type = std::string(*type);
        return r;
    };
    app.get("/", [answer](request& req) -> awaitable<response> { co_return answer(req); });
    test::client client(app);
    const auto type = [&client](const std::string& query) {
        return std::string(client.get("/?p=" + query).field("Content-Type"));
    };
    CHECK(type("page") == "application/octet-stream");
    for (const std::string own : {"", "&own"}) {
        CHECK(type("page&type=text/html" + own) == "text/html");
        CHECK(type("sub/index.html&type=text/x" + own) == "text/x");
        CHECK(type("missing&type=text/x" + own) == "text/html; charset=utf-8"); // the error's own
    }
    CHECK(type("sub/") == "text/html; charset=utf-8");
    CHECK(type("") == "text/html; charset=utf-8");
    CHECK(client.get("/?p=&own&type=").status == 404);
    const test::answer part = client.get("/?p=page&type=text/html", {{"Range", "bytes=2-5"}});
    CHECK(part.status == 206);
    CHECK(part.body == "page");
    CHECK(part.field("Content-Type") == "text/html");
    CHECK(part.field("Vary") == "Accept-Encoding");
}
