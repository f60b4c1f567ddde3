// What becomes of what handlers answer, and of what they throw.
#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

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
