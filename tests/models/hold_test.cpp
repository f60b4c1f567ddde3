// Requests that take time although the server has nothing to do.
#include "models/core/hold.hpp"
#include "models/model.hpp"

#include <chrono>
#include <sstream>
#include <unistd.h>

namespace ringlet::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Of a process and its children, in hundredths of a second.
milliseconds processor_time(pid_t server) {
    std::vector<pid_t> all = children_of(server);
    all.push_back(server);
    long ticks = 0;
    for (const pid_t each : all) {
        std::ifstream file("/proc/" + std::to_string(each) + "/stat");
        std::string stat;
        std::getline(file, stat);
        std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
        std::string skipped;
        for (int i = 3; i < 14; ++i)
            fields >> skipped;
        long user = 0, system = 0, of_ended = 0, system_of_ended = 0;
        fields >> user >> system >> of_ended >> system_of_ended;
        ticks += user + system + of_ended + system_of_ended;
    }
    return milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
}

} // namespace

TEST_CASE("a request is held for its time, which the seed decides") {
    const model_site site;
    const server_process server(serve_by_model(site.path(), {"--hold", "0", "60", "7"}));
    const models::hold_range hold{milliseconds(0), seconds(60), 7};
    for (const milliseconds least : {milliseconds(40), milliseconds(150)}) {
        const std::string target = target_held(hold, least, least + milliseconds(40));
        const auto began = std::chrono::steady_clock::now();
        const answer a = ask(server.port(), target);
        CHECK(std::chrono::steady_clock::now() - began >= hold.of(target));
        CHECK(a.body == site["one.txt"]);
    }
}

TEST_CASE("while one request is held another is answered", "[concurrent]") {
    const model_site site;
    const models::hold_range hold{milliseconds(0), seconds(60), 11};
    const server_process server(serve_by_model(site.path(), {"--hold", "0", "60", "11"}));
    raw_client held(server.port());
    held.send(request_text(target_held(hold, seconds(30), seconds(60))));
    const std::string quick = target_held(hold, milliseconds(0), milliseconds(30));
    for (int i = 0; i < 3; ++i)
        CHECK(ask(server.port(), quick).body == site["one.txt"]);
    CHECK(!readable(held.fd()));
}

TEST_CASE("a request that computes takes the processor for its time") {
    const model_site site;
    const server_process server(serve_by_model(site.path(), {"--compute", "200"}));
    const auto began = std::chrono::steady_clock::now();
    CHECK(ask(server.port(), "/one.txt?compute").body == site["one.txt"]);
    CHECK(std::chrono::steady_clock::now() - began >= milliseconds(200));
    CHECK(eventually([&] { return processor_time(server.pid()) >= milliseconds(190); }));
}

TEST_CASE("Ctrl-C does not wait for what is held") {
    const model_site site;
    const models::hold_range hold{milliseconds(0), seconds(600), 3};
    server_process server(serve_by_model(site.path(), {"--hold", "0", "600", "3"}));
    raw_client held(server.port());
    held.send(request_text(target_held(hold, seconds(60), seconds(600))));
    if (is_concurrent()) // then it is certain that the request has come
        CHECK(ask(server.port(), target_held(hold, milliseconds(0), milliseconds(300))).status ==
              200);
    if (model() == "ringlet")
        held.close(); // which ends the handler; else it would be let finish, for 10 s
    server.signal(SIGINT);
    server.expect_exit(0);
}

} // namespace ringlet::testing
