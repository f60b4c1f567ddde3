// The command line.
#include "cli/doctor.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/server.hpp"
#include "ringlet/version.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <malloc.h>
#include <map>
#include <string>

namespace {

// The options of ringlet::server_limits.
void add_limits(CLI::App& app, ringlet::server_limits& most) {
    const auto seconds = [&app](const char* name, std::chrono::seconds& value, const char* help) {
        app.add_option_function<int>(
               name, [&value](int given) { value = std::chrono::seconds(given); }, help)
            ->type_name("S")
            ->check(CLI::Range(1, 86'400))
            ->default_str(std::to_string(value.count()))
            ->group("Limits");
    };
    const auto number = [&app](const char* name, std::uint32_t& value, std::uint32_t least,
                               const char* help, std::uint32_t at_most = 100'000'000) {
        app.add_option(name, value, help)
            ->type_name("N")
            ->check(CLI::Range(least, at_most))
            ->capture_default_str()
            ->group("Limits");
    };
    seconds("--head-timeout-s", most.head_timeout_s, "For a request head, from its first byte");
    seconds("--idle-timeout-s", most.idle_timeout_s, "Between an answer and the next request");
    seconds("--body-timeout-s", most.body_timeout_s, "For the next piece of content");
    number("--body-min-bytes-per-s", most.body_min_bytes_per_s, 0,
           "Pace of content that takes longer than that; 0: any");
    seconds("--send-timeout-s", most.send_timeout_s,
            "For the client to take the next block of an answer, or to keep the pace");
    number("--send-min-bytes-per-s", most.send_min_bytes_per_s, 0,
           "Pace for a client that takes longer than that; 0: any");
    seconds("--drain-timeout-s", most.drain_timeout_s,
            "For what is in progress, after SIGTERM or SIGINT");
    seconds("--restart-timeout-s", most.restart_timeout_s,
            "For the program that SIGUSR2 starts to serve");
    number("--head-bytes", most.head_bytes, 1024, "Of a request head, beyond that 431",
           ringlet::limits::head_bytes_most);
    number("--head-fields", most.head_fields, 1, "Field lines of a head, beyond that 431", 10'000);
    number("--target-bytes", most.target_bytes, 16, "Of a request target, beyond that 414",
           ringlet::limits::head_bytes_most);
    const auto bytes = [&app](const char* name, std::uint64_t& value, const char* help) {
        app.add_option_function<std::int64_t>(
               name, [&value](std::int64_t given) { value = static_cast<std::uint64_t>(given); },
               help)
            ->type_name("N")
            ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 50))
            ->default_str(std::to_string(value))
            ->group("Limits");
    };
    bytes("--buffer-bytes", most.buffer_bytes,
          "Memory for what is received and sent, beyond that 503; 0: a quarter of all");
    bytes("--cache-bytes", most.cache_bytes,
          "Memory of each worker for files that are asked for again; 0: none");
    number("--connections", most.connections, 0,
           "Open at a time, beyond that 503; 0: nine tenths of the open files");
    number("--open-files", most.open_files, 0,
           "For answers at a time, beyond that 503; 0: what connections leave");
    number("--connections-per-client", most.connections_per_client, 0,
           "Of one IPv4 address or IPv6 /64, beyond that 429; 0: half of them");
    number("--turned-away", most.turned_away, 0,
           "Of those beyond, told so at a time; 0: 256, or an eighth of the open files");
    number("--requests-per-s-per-client", most.requests_per_s_per_client, 0,
           "Beyond that 429; 0: as many as it likes", 1'000'000);
    number("--request-burst-per-client", most.request_burst_per_client, 0,
           "At once; 0: twice --requests-per-s-per-client");
    number("--requests-per-connection", most.requests_per_connection, 1,
           "Then the connection is closed");
}

// What whoever runs the process all the time wants.
void add_running(CLI::App& app, ringlet::run_options& options) {
    // A script's variable that is not set must not leave the server what it was.
    const CLI::Validator named(
        [](const std::string& name) { return name.empty() ? "it is empty" : ""; }, "");
    app.add_option("--user", options.user, "Who to become once the sockets are bound")
        ->type_name("NAME[:GROUP]")
        ->check(named);
    app.add_option("--group", options.group, "The group to become")
        ->type_name("NAME")
        ->check(named);
    app.add_flag("--health", options.health,
                 "Answer /-/healthz, and /-/readyz, which is 503 before the end");
    app.add_option_function<int>(
           "--drain-delay-s",
           [&options](int given) { options.drain_delay_s = std::chrono::seconds(given); },
           "Go on as before after SIGTERM or SIGINT, with /-/readyz at 503")
        ->type_name("S")
        ->check(CLI::Range(0, 3600))
        ->default_str("0");
}

} // namespace

int main(int argc, char** argv) {
    using ringlet::log_level;
    CLI::App app("Serves a folder over HTTP.", "ringlet");
    app.set_version_flag("--version", std::string("ringlet ") + ringlet::version);

    std::string folder = ".";
    ringlet::run_options options;
    options.listen = {"127.0.0.1:8080"};
    const std::map<std::string, log_level> levels{{"error", log_level::error},
                                                  {"warning", log_level::warning},
                                                  {"info", log_level::info},
                                                  {"debug", log_level::debug}};
    app.add_option("DIR", folder, "Folder to serve")->capture_default_str();
    app.add_option("--listen", options.listen,
                   "Address and port, repeatable: 127.0.0.1:8080, [::1]:8080, :8080")
        ->type_name("ADDR:PORT")
        ->allow_extra_args(false) // one address each, so that DIR may follow
        ->capture_default_str();
    app.add_option("--workers", options.workers, "Threads; 0 is one per core")
        ->type_name("N")
        ->check(CLI::Range(0, 1024))
        ->capture_default_str();
    app.add_option("--backlog", options.backlog, "Connections per worker that wait to be accepted")
        ->type_name("N")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    app.add_option("--access-log", options.access_log,
                   "Log each request to FILE; - is standard output")
        ->type_name("FILE");
    const std::map<std::string, ringlet::symlinks> link_choices{
        {"inside", ringlet::symlinks::inside},
        {"follow", ringlet::symlinks::follow},
        {"deny", ringlet::symlinks::deny}};
    std::string links = "inside";
    app.add_option("--symlinks", links,
                   "Follow symbolic links inside the folder, wherever they lead (follow), or none "
                   "(deny)")
        ->type_name("HOW")
        ->check(CLI::IsMember({"inside", "follow", "deny"}).description(""))
        ->capture_default_str();
    const std::map<std::string, ringlet::backend_kind> backends{
        {"auto", ringlet::backend_kind::automatic},
        {"uring", ringlet::backend_kind::uring},
        {"epoll", ringlet::backend_kind::epoll}};
    std::string backend = "auto";
    app.add_option("--backend", backend,
                   "io_uring (uring), epoll, or epoll only where there is no io_uring (auto)")
        ->type_name("WHAT")
        ->check(CLI::IsMember({"auto", "uring", "epoll"}).description(""))
        ->capture_default_str();
    std::string level = "info";
    app.add_option("--log-level", level, "error, warning, info or debug")
        ->type_name("LEVEL")
        ->check(CLI::IsMember({"error", "warning", "info", "debug"}).description(""))
        ->capture_default_str();
    add_running(app, options);
    add_limits(app, options.limits);
    CLI::App* doctor =
        app.add_subcommand("doctor", "Print what the kernel offers, and what is used of it");

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) { // --help, --version
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        std::fprintf(stderr, "ringlet: %s (see ringlet --help)\n", e.what());
        return 2;
    }
    if (*doctor)
        return ringlet::doctor();
    options.backend = backends.at(backend);
    options.level = levels.at(level);
    // Large blocks go back to the system when they are freed; glibc would soon keep them.
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);

    ringlet::server server;
    try {
        server.files("/", folder, {.links = link_choices.at(links)});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "ringlet: error: %s\n", e.what());
        return 2;
    }
    return server.run(options);
}
