// The end of a server: by Ctrl-C, by SIGTERM, or by force.
#include "models/model.hpp"

namespace ringlet::testing {
namespace {

/// Ends the server while clients of all kinds are there.
void expect_clean_end(int number) {
    model_site site;
    site.add("large.bin", 5 << 20);
    server_process server(serve_by_model(site.path()));
    CHECK(ask(server.port(), "/one.txt").status == 200);
    raw_client kept(server.port());
    kept.send(request_text("/one.txt")).read_answer();

    // ringlet finishes what is in progress first, for up to 10 s: tests/e2e has that.
    std::vector<raw_client> others;
    if (model() != "ringlet") {
        if (is_concurrent()) {
            others.emplace_back(server.port(), 4096).send(request_text("/large.bin"));
            others.back().wait_for_bytes(1);
        }
        others.emplace_back(server.port()).send("GET /one.t");
        others.emplace_back(server.port());
    }
    const std::size_t processes = model() == "prefork" ? 16 : model() == "fork" ? 4 : 0;
    CHECK(eventually([&] { return children_of(server.pid()).size() == processes; }));
    const std::vector<pid_t> children = children_of(server.pid());
    server.signal(number);
    server.expect_exit(0);
    for (const pid_t child : children)
        CHECK(!runs(child));
    for (raw_client& each : others)
        each.read_rest(); // each has an end
}

} // namespace

TEST_CASE("Ctrl-C ends it with 0, whoever is connected, and leaves no process") {
    expect_clean_end(SIGINT);
}

TEST_CASE("SIGTERM ends it with 0, whoever is connected, and leaves no process") {
    expect_clean_end(SIGTERM);
}

TEST_CASE("an end by force leaves no process either") {
    const model_site site;
    server_process server(serve_by_model(site.path()));
    raw_client client(server.port());
    client.send(request_text("/one.txt")).read_answer();
    const std::vector<pid_t> children = children_of(server.pid());
    server.signal(SIGKILL);
    server.expect_exit(1000 + SIGKILL);
    CHECK(eventually([&] { return std::none_of(children.begin(), children.end(), runs); }));
}

TEST_CASE("a prefork child that dies is replaced", "[prefork]") {
    const model_site site;
    const server_process server(serve_by_model(site.path(), {"--workers", "2"}));
    const auto both = [&] { return children_of(server.pid()).size() == 2; };
    REQUIRE(eventually(both));
    const std::vector<pid_t> before = children_of(server.pid());
    for (const pid_t child : before)
        ::kill(child, SIGKILL);
    CHECK(eventually([&] { return !runs(before[0]) && !runs(before[1]) && both(); }));
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]);
}

} // namespace ringlet::testing
