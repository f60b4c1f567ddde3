// Starting, and refusing to start.
#include "e2e/refusal.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace ringlet::testing {
namespace {

/// What RINGLET_BACKEND says; empty if nothing.
std::string chosen_backend() {
    const char* const set = std::getenv("RINGLET_BACKEND");
    return set != nullptr ? set : "";
}

} // namespace

TEST_CASE("a root that cannot be served is refused in one line") {
    const test_site site;
    const std::string missing = (site.path() / "missing").string();
    expect_refusal(start(serve(missing)), {missing, "no such folder"});
    const std::string file = (site.path() / "one.txt").string();
    expect_refusal(start(serve(file)), {file, "not a folder"});
}

TEST_CASE("an unreadable root is refused to an ordinary user") {
    namespace fs = std::filesystem;
    const temporary_folder folder;
    fs::permissions(folder.path(), fs::perms::others_exec, fs::perm_options::add);
    const fs::path root = folder.path() / "root";
    fs::create_directory(root);
    fs::permissions(root, fs::perms::none);
    fs::path program = RINGLET_PROGRAM;
    if (::geteuid() == 0) { // the program may lie where nobody may go
        program = folder.path() / "ringlet";
        fs::copy_file(RINGLET_PROGRAM, program);
    }
    const refusal r =
        start({program.string(), root.string(), "--listen", "127.0.0.1:0"}, become_nobody);
    fs::permissions(root, fs::perms::owner_all);
    expect_refusal(r, {root.string(), "chmod"});
}

TEST_CASE("a port that is in use is refused in one line") {
    const test_site site;
    const server_process first(serve(site.path()));
    const std::string at = "127.0.0.1:" + std::to_string(first.port());
    expect_refusal(start({RINGLET_PROGRAM, site.path().string(), "--listen", at}),
                   {at, "in use", "--listen"});
}

TEST_CASE("a bad option is refused in one line that names it") {
    const test_site site;
    const std::string root = site.path().string();
    expect_refusal(start({RINGLET_PROGRAM, root, "--listen", "nowhere"}), {"--listen", "nowhere"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--listen", "127.0.0.1:99999"}),
                   {"--listen", "99999"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--workers", "-1"}), {"--workers"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--workers", "many"}), {"--workers"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--log-level", "loud"}), {"--log-level", "loud"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--unknown"}), {"--unknown"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--head-bytes", "100"}), {"--head-bytes", "100"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--buffer-bytes=-1"}), {"--buffer-bytes", "-1"});
    expect_refusal(start({RINGLET_PROGRAM, root, "--listen", "127.0.0.1:0", "--access-log",
                          root + "/no/such/folder/log"}),
                   {"--access-log", "/no/such/folder/log"});
}

TEST_CASE("where io_uring is forbidden epoll serves, and the log says why and what to do") {
    const test_site site;
    server_process server(serve(site.path(), {"--backend", "auto"}), forbid_io_uring);
    CHECK(ask(server.port(), "/").status == 200);
    const std::string log = server.err().text();
    CHECK(log.find(" epoll)\n") != log.npos);
    if (chosen_backend().empty()) {
        CHECK(log.find("seccomp") != log.npos);
        CHECK(log.find("epoll") < log.find("serving "));
    }
}

TEST_CASE("a backend that was asked for is used, or the start line says why not") {
    const test_site site;
    for (const char* name : {"uring", "epoll"}) {
        server_process server(serve(site.path(), {"--backend", name}));
        CHECK(ask(server.port(), "/").status == 200);
        CHECK(server.err().text().find(name + std::string(")\n")) != std::string::npos);
    }
    expect_refusal(start(serve(site.path(), {"--backend", "uring"}), forbid_io_uring),
                   {"io_uring", "seccomp"});
    expect_refusal(start(serve(site.path(), {"--backend", "kqueue"})), {"--backend", "kqueue"});
    const auto misspelt = [] { ::setenv("RINGLET_BACKEND", "ring", 1); };
    expect_refusal(start(serve(site.path()), misspelt), {"RINGLET_BACKEND", "ring"});
}

TEST_CASE("doctor tells what there is and what is missing") {
    child_process well({RINGLET_PROGRAM, "doctor"});
    CHECK(well.exit_code() == 0);
    CHECK(well.out().wait_for_end().find("serves with io_uring") != std::string::npos);
    child_process ill({RINGLET_PROGRAM, "doctor"}, forbid_io_uring);
    CHECK(ill.exit_code() == 0);
    const std::string said = ill.out().wait_for_end();
    CHECK(said.find("seccomp") != said.npos);
    CHECK(said.find("serves with epoll") != said.npos);
}

TEST_CASE("the start line says what is served and where") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "1"}));
    const std::string root = std::filesystem::canonical(site.path()).string();
    const std::string backend = chosen_backend() == "epoll" ? "epoll" : "io_uring";
    CHECK(server.err().text() == "ringlet: serving " + root +
                                     " on http://127.0.0.1:" + std::to_string(server.port()) +
                                     " (1 worker, " + backend + ")\n");
}

TEST_CASE("several addresses are served at once") {
    const test_site site;
    server_process server(serve(site.path(), {"--listen", "127.0.0.2:0"}));
    CHECK(ask(server.port(), "/").status == 200);
    const std::string line = server.err().text();
    CHECK(line.find("http://127.0.0.2:") != line.npos);
}

} // namespace ringlet::testing
