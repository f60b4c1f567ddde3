// Each program of tools/examples does what it is there to show.
#include "examples/example.hpp"
#include "support/raw_client.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace ringlet::testing {
namespace {

using json_object = boost::json::object;

std::string text_in(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

content json_content(const std::string& text) {
    return {"application/json", text};
}

} // namespace

TEST_CASE("every example is shorter than 80 lines") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(RINGLET_SOURCE "/tools/examples"))
        if (entry.path().extension() == ".cpp") {
            const std::string program = text_in(entry.path());
            CAPTURE(entry.path());
            CHECK(std::ranges::count(program, '\n') < 80);
            ++count;
        }
    CHECK(count == 10);
}

TEST_CASE("hello greets whom the path names") {
    const example hello("hello");
    CHECK(get(hello.port(), "/hello/world").body() == "hello, world\n");
    CHECK(get(hello.port(), "/hello/w%C3%B6rld").body() == "hello, w\xc3\xb6rld\n");
    CHECK(get(hello.port(), "/hello").result_int() == 404);
}

TEST_CASE("hold waits between one and three seconds and says how long") {
    const example hold("hold");
    const beast_response r = get(hold.port(), "/hold");
    const std::string before = "held for ";
    REQUIRE(r.body().starts_with(before));
    CHECK(r.body().ends_with(" ms\n"));
    const int length_ms = std::stoi(r.body().substr(before.size()));
    CHECK(length_ms >= 1000);
    CHECK(length_ms <= 3000);
}

TEST_CASE("json-api adds, lists, shows, replaces and removes notes") {
    const example api("json-api", {"--workers", "2"});
    const std::uint16_t port = api.port();
    CHECK(get(port, "/notes").body() == "[]");

    const auto added =
        exchange(port, verb::post, "/notes", json_content(R"({"text": "buy milk"})"));
    CHECK(added.result_int() == 201);
    CHECK(field_of(added, "Location") == "/notes/1");
    const json_object first{{"text", "buy milk"}, {"id", 1}};
    CHECK(boost::json::parse(added.body()) == boost::json::value(first));
    exchange(port, verb::post, "/notes", json_content(R"({"text": "sleep"})"));
    CHECK(boost::json::parse(get(port, "/notes").body()).as_array().size() == 2);
    CHECK(boost::json::parse(get(port, "/notes/1").body()) == boost::json::value(first));

    const auto replaced =
        exchange(port, verb::put, "/notes/1", json_content(R"({"text": "buy bread", "id": 7})"));
    CHECK(replaced.result_int() == 200);
    const json_object second{{"text", "buy bread"}, {"id", 1}};
    CHECK(boost::json::parse(get(port, "/notes/1").body()) == boost::json::value(second));

    CHECK(exchange(port, verb::delete_, "/notes/1").result_int() == 204);
    CHECK(get(port, "/notes/1").result_int() == 404);
    CHECK(exchange(port, verb::delete_, "/notes/1").result_int() == 404);
    CHECK(boost::json::parse(get(port, "/notes").body()).as_array().size() == 1);
}

TEST_CASE("json-api says what is wrong with a request") {
    const example api("json-api");
    const std::uint16_t port = api.port();
    const header_list as_json{{"Accept", "application/json"}};
    const auto no_number = get(port, "/notes/x", as_json);
    CHECK(no_number.result_int() == 400);
    CHECK(no_number.body().find("'x' is not a whole number") != std::string::npos);
    const auto none = get(port, "/notes/5", as_json);
    CHECK(none.result_int() == 404);
    CHECK(none.body().find("There is no note 5.") != std::string::npos);
    CHECK(exchange(port, verb::post, "/notes", json_content("{")).result_int() == 400);
    CHECK(exchange(port, verb::post, "/notes", json_content("[1]")).result_int() == 422);
    CHECK(exchange(port, verb::post, "/notes", {"text/plain", "{}"}).result_int() == 415);
    const auto patch = exchange(port, verb::patch, "/notes/1");
    CHECK(patch.result_int() == 405);
    CHECK(field_of(patch, "Allow") == "DELETE, GET, HEAD, PUT, OPTIONS");
    CHECK(get(port, "/notes").body() == "[]");
}

TEST_CASE("upload keeps a file of 5 MB byte by byte under a name of its own") {
    const temporary_folder folder;
    const example upload("upload", {"--folder", folder.path().string()});
    CHECK(get(upload.port(), "/").body().find("<form") != std::string::npos);
    const std::string bytes = pattern(5'000'000);
    const auto said =
        exchange(upload.port(), verb::post, "/upload", form_with_file("../../etc/passwd", bytes));
    CHECK(said.result_int() == 201);
    const std::string name = said.body().substr(0, said.body().find(' '));
    CHECK(said.body() == name + " 5000000 passwd\n");
    CHECK(name.find('/') == name.npos);
    CHECK((text_in(folder.path() / name) == bytes));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("sse-clock tells the time again and again") {
    const example clock("sse-clock");
    CHECK(get(clock.port(), "/").body().find("EventSource") != std::string::npos);
    raw_client listener(clock.port());
    listener.send(request_text("/clock"));
    std::string heard;
    const auto events = [&heard] {
        std::size_t count = 0;
        for (std::size_t at = heard.find("data: "); at != heard.npos;
             at = heard.find("data: ", at + 1))
            ++count;
        return count;
    };
    while (events() < 2)
        heard += listener.read_once();
    CHECK(heard.find("Content-Type: text/event-stream") != heard.npos);
    const std::string first = heard.substr(heard.find("data: ") + 6, 8);
    CHECK(first[2] == ':');
    CHECK(first[5] == ':');
    const std::string last = heard.substr(heard.rfind("data: ") + 6, 8);
    CHECK(first != last);
}

TEST_CASE("offload computes what it says") {
    const example offload("offload");
    std::string text = "secret";
    for (int round = 0; round != 20'000; ++round)
        text = std::to_string(std::hash<std::string>()(text));
    CHECK(get(offload.port(), "/hash/secret").body() == text + "\n");
}

TEST_CASE("static-plus-api serves a folder and beside it what must not be stored") {
    const temporary_folder folder;
    folder.write("index.html", "<p>a page</p>");
    const example both("static-plus-api", {"--folder", folder.path().string()});
    const auto page = get(both.port(), "/");
    CHECK(page.body() == "<p>a page</p>");
    CHECK(field_of(page, "Cache-Control").empty());
    const auto time = get(both.port(), "/api/time");
    CHECK(std::stoll(time.body()) > 1'700'000'000);
    CHECK(field_of(time, "Cache-Control") == "no-store");
    CHECK(get(both.port(), "/api/nothing").result_int() == 404);
}

TEST_CASE("outbound-client answers what another server has said") {
    const temporary_folder folder;
    folder.write("index.html", "<p>the other one</p>");
    const example other("static-plus-api", {"--folder", folder.path().string()});
    const example client("outbound-client", {"--to", other.address()});
    CHECK(get(client.port(), "/fetch").body() == "<p>the other one</p>");
}

TEST_CASE("outbound-client tells of a server that is not there and of one that is silent") {
    const std::string nobody = "127.0.0.1:" + std::to_string(listening().port);
    const example refused("outbound-client", {"--to", nobody});
    const auto failed = get(refused.port(), "/fetch");
    CHECK(failed.result_int() == 502);
    CHECK(failed.body().find("Connection refused") != std::string::npos);

    const listening silent;
    const std::string somebody = "127.0.0.1:" + std::to_string(silent.port);
    const example waiting("outbound-client", {"--to", somebody, "--patience", "1"});
    CHECK(get(waiting.port(), "/fetch").result_int() == 504);
}

} // namespace ringlet::testing
