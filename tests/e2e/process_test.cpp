// Starting, refusing to start, and the access log.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>

namespace ringlet::testing {
namespace {

struct refusal {
    int exit_code;
    std::string printed;
};

refusal start(const std::vector<std::string>& command, std::function<void()> before_exec = {}) {
    child_process process(command, std::move(before_exec));
    refusal r;
    r.exit_code = process.exit_code();
    if (r.exit_code != -1)
        r.printed = process.err().wait_for_end();
    return r;
}

// One line, exit 2, and all of `words` in it.
void expect_refusal(const refusal& r, std::initializer_list<std::string> words) {
    CAPTURE(r.printed);
    CHECK(r.exit_code == 2);
    CHECK(std::count(r.printed.begin(), r.printed.end(), '\n') == 1);
    for (const std::string& word : words) {
        CAPTURE(word);
        CHECK(r.printed.find(word) != r.printed.npos);
    }
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

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

TEST_CASE("there is no access log by default") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::string start_line = server.err().text();
    ask(server.port(), "/");
    server.signal(SIGTERM);
    server.expect_exit(0);
    CHECK(server.out().wait_for_end().empty());
    CHECK(lines_in(server.err().text()) == lines_in(start_line) + 1); // that it is ending
}

TEST_CASE("the access log has one line per request and loses none at shutdown") {
    const test_site site;
    const auto log = site.path() / "access.log";
    server_process server(serve(site.path(), {"--access-log", log.string()}));
    constexpr std::size_t each = 500;
    {
        std::vector<std::jthread> clients;
        for (int c = 0; c < 4; ++c)
            clients.emplace_back([&] {
                raw_client client(server.port());
                std::string requests;
                for (std::size_t i = 0; i < each; ++i)
                    requests +=
                        request_text("/one.txt", "User-Agent: test\r\nReferer: \"here\"\r\n");
                std::jthread writer([&] { client.offer(requests); });
                for (std::size_t i = 0; i < each && client.read_answer(); ++i) {
                }
            });
    }
    ask(server.port(), "/missing?a=%22b", "", "HEAD");
    raw_client bad(server.port());
    bad.send("garbage\r\n\r\n").read_answer();
    server.signal(SIGTERM);
    server.expect_exit(0);

    const std::string text = read_file(log);
    CHECK(lines_in(text) == 4 * each + 2);
    std::size_t good = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        const bool begins = line.starts_with("127.0.0.1 - - [");
        const bool middle =
            line.find("\"GET /one.txt HTTP/1.1\" 200 1 \"\\x22here\\x22\" \"test\" 0.") !=
            line.npos;
        good += begins && middle;
    }
    CHECK(good == 4 * each);
    CHECK(text.find("\"HEAD /missing?a=%22b HTTP/1.1\" 404 0 \"-\" \"-\" ") != text.npos);
    CHECK(text.find(" 400 ") != text.npos);
}

TEST_CASE("the access log has what was received of a request that is refused") {
    const test_site site;
    const auto log = site.path() / "access.log";
    server_process server(serve(site.path(), {"--access-log", log.string()}));
    const auto refuse = [&server](std::string_view bytes, unsigned status) {
        raw_client client(server.port());
        const auto a = client.offer(bytes).read_answer();
        REQUIRE(a);
        CHECK(a->status == status);
    };
    refuse("G\x1b[31mT \"/\" 200\r\nUser-Agent: x\r\n\r\n", 400);
    refuse("\r\nGET / HTTP/9.1\r\n\r\n", 505);
    refuse("GET /" + std::string(40'000, 'a'), 414);
    refuse(request_text("/one.txt", "X: " + std::string(40'000, 'a') + "\r\n"), 431);
    server.signal(SIGTERM);
    server.expect_exit(0);

    const std::string text = read_file(log);
    CAPTURE(text);
    CHECK(lines_in(text) == 4);
    CHECK(text.find("] \"G\\x1b[31mT \\x22/\\x22 200\" 400 ") != text.npos);
    CHECK(text.find("] \"GET / HTTP/9.1\" 505 ") != text.npos);
    CHECK(text.find("] \"GET /" + std::string(251, 'a') + "\" 414 ") != text.npos);
    CHECK(text.find("] \"GET /one.txt HTTP/1.1\" 431 ") != text.npos);
}

TEST_CASE("an access log that nobody takes is refused, or cannot keep the server from its end") {
    const test_site site;
    const std::string pipe = (site.path() / "pipe").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const std::vector<std::string> command = serve(site.path(), {"--access-log", pipe});
    expect_refusal(start(command), {pipe, "nobody reads"});

    const unique_fd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(reader);
    ::fcntl(reader.get(), F_SETPIPE_SZ, 4096);
    server_process server(command);
    const std::string agent = "User-Agent: " + std::string(1000, 'u') + "\r\n";
    for (int i = 0; i < 100; ++i)
        CHECK(ask(server.port(), "/one.txt", agent).status == 200);
    server.signal(SIGTERM);
    server.expect_printed("finishing");
    server.signal(SIGTERM);
    server.expect_exit(1);
}

TEST_CASE("the access log goes to standard output on request") {
    const test_site site;
    server_process server(serve(site.path(), {"--access-log", "-"}));
    ask(server.port(), "/one.txt");
    server.signal(SIGTERM);
    server.expect_exit(0);
    CHECK(server.out().wait_for_end().find("\"GET /one.txt HTTP/1.1\" 200 1 ") !=
          std::string::npos);
}

} // namespace ringlet::testing
