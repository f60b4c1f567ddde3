// A command that cannot be carried out: one line says why, the exit code is 2, nothing is started.
#include "e2e/refusal.hpp"
#include "models/model.hpp"

namespace ringlet::testing {

TEST_CASE("a port in use, and a folder that is not there, are one line and exit code 2") {
    const model_site site;
    const listening taken;
    const std::string port = std::to_string(taken.port);
    expect_refusal(start({RINGLET_PROGRAM, "--model", model(), site.path(), "--port", port}),
                   {port, "in use"});
    expect_refusal(start(serve_by_model(site.path() / "missing")), {"missing"});
}

TEST_CASE("a command line that is wrong is one line and exit code 2", "[once]") {
    expect_refusal(start({RINGLET_PROGRAM}), {"--model"});
    expect_refusal(start({RINGLET_PROGRAM, "--model", "hope"}), {"hope", "epoll-et"});
    const std::pair<const char*, const char*> all[] = {
        {"--port", "99999"},   {"--port", "x"}, {"--backlog", "0"},  {"--workers", "0"},
        {"--patience-s", "0"}, {"--hold", "1"}, {"--compute", "-1"}, {"--what", "1"}};
    for (const auto& [option, value] : all)
        expect_refusal(start({RINGLET_PROGRAM, "--model", model(), option, value}), {option});
    for (const std::array<const char*, 3>& range :
         {std::array{"3", "1", "1"}, std::array{"-1", "1", "1"}, std::array{"1", "2", "0.5"}})
        expect_refusal(
            start({RINGLET_PROGRAM, "--model", model(), "--hold", range[0], range[1], range[2]}),
            {"--hold"});
}

} // namespace ringlet::testing
