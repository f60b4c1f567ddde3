// The command line.
#include "models.hpp"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace {

namespace models = ringlet::models;

template <void model(const models::settings&)>
int run(const models::settings& from) {
    model(from);
    return 0;
}

struct named_model {
    const char* name;
    int (*run)(const models::settings&);
    const char* what;
};

constexpr named_model all[] = {
    {"iterative", run<models::iterative>, "accept, serve, close, next"},
    {"fork", run<models::fork>, "a process per connection"},
    {"prefork", run<models::prefork>, "processes that share a listening socket"},
    {"threads", run<models::threads>, "a thread per connection"},
    {"pool", run<models::pool>, "threads and a queue"},
    {"green", run<models::green>, "stackful coroutines on one thread"},
    {"polling", run<models::polling>, "one process that tries each socket in turn"},
    {"select", run<models::select>, "readiness by scan, up to 1 024 descriptors"},
    {"poll", run<models::poll>, "readiness by scan"},
    {"epoll-lt", run<models::epoll_lt>, "readiness by event, level-triggered"},
    {"epoll-et", run<models::epoll_et>, "readiness by event, edge-triggered"},
    {"generator", run<models::generator>, "a loop that resumes a generator per request"},
    {"ringlet", models::ringlet, "coroutines on ringlet's scheduler"},
};

std::vector<std::string> names() {
    std::vector<std::string> found;
    for (const named_model& each : all)
        found.emplace_back(each.name);
    return found;
}

std::string list() {
    std::string text = "Models:\n";
    for (const named_model& each : all)
        text.append("  ").append(each.name).append(": ").append(each.what).append("\n");
    return text;
}

// MIN and MAX in seconds, and a seed.
void set_hold(models::settings& to, const std::vector<double>& given) {
    const auto ms = [](double s) { return std::chrono::milliseconds(std::llround(s * 1000)); };
    if (!(given[0] >= 0 && given[0] <= given[1] && given[1] <= 3600)) // not a number is neither
        throw CLI::ValidationError("--hold", "0 <= MIN <= MAX <= 3600 is needed");
    if (!(given[2] >= 0 && given[2] <= 1e15 && given[2] == std::floor(given[2])))
        throw CLI::ValidationError("--hold", "SEED is a whole number from 0 to 10^15");
    to.hold = {ms(given[0]), ms(given[1]), static_cast<std::uint64_t>(given[2])};
}

void add_options(CLI::App& app, models::settings& to) {
    app.add_option("--model", to.model, "Which one, see below")
        ->type_name("NAME")
        ->required()
        ->check(CLI::IsMember(names()).description(""));
    app.add_option("DIR", to.folder, "Folder to serve")->capture_default_str();
    app.add_option("--port", to.port, "On 127.0.0.1; 0: any free one")
        ->type_name("P")
        ->capture_default_str();
    app.add_option("--backlog", to.backlog, "Connections that wait to be accepted")
        ->type_name("N")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    app.add_option("--workers", to.workers,
                   "Processes of prefork and threads of pool (16 unless told), threads of ringlet "
                   "(1)")
        ->type_name("N")
        ->check(CLI::Range(1, 1024));
    app.add_option_function<std::vector<double>>(
           "--hold", [&to](const std::vector<double>& given) { set_hold(to, given); },
           "Let each request take so many seconds, drawn from SEED and its target")
        ->type_name("MIN MAX SEED")
        ->expected(3)
        ->allow_extra_args(false); // so that DIR may follow
    app.add_option_function<int>(
           "--compute", [&to](int given) { to.compute = std::chrono::milliseconds(given); },
           "Let each request with the query \"compute\" take so much of the processor")
        ->type_name("MS")
        ->check(CLI::Range(0, 60'000))
        ->default_str("0");
    app.add_option_function<int>(
           "--patience-s", [&to](int given) { to.patience = std::chrono::seconds(given); },
           "For a client that sends nothing, or takes nothing")
        ->type_name("S")
        ->check(CLI::Range(1, 86'400))
        ->default_str("5");
}

// Connections are descriptors.
void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app("Serves a folder by one of many concurrency models.", "ringlet-models");
    models::settings given;
    add_options(app, given);
    app.footer(list());
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) { // --help
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        std::fprintf(stderr, "ringlet-models: %s (see ringlet-models --help)\n", e.what());
        return 2;
    }
    allow_many_descriptors();
    try {
        for (const named_model& each : all)
            if (given.model == each.name)
                return each.run(given);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "ringlet-models: %s\n", e.what());
    }
    return 2;
}
