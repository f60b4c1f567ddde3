// The access log as a file, and what can become of it.
#include "e2e/refusal.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>

namespace ringlet::testing {
namespace {

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// All that the server's own log says of them together.
std::size_t lines_lost(const std::string& printed) {
    const std::string mark = "lines lost: ";
    std::size_t all = 0;
    for (std::size_t at = 0; (at = printed.find(mark, at)) != printed.npos; at += mark.size())
        all += std::stoul(printed.substr(at + mark.size()));
    return all;
}

bool has(const std::filesystem::path& file, std::string_view text) {
    return read_file(file).find(text) != std::string::npos;
}

} // namespace

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
            line.find("\"GET /one.txt HTTP/1.1\" 200 1 \"\\x22here\\x22\" \"test\" ") != line.npos;
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

TEST_CASE("SIGHUP opens the access log anew, and no line is lost or written twice") {
    namespace fs = std::filesystem;
    const test_site site;
    const fs::path log = site.path() / "access.log";
    const fs::path old = site.path() / "access.log.1";
    server_process server(serve(site.path(), {"--access-log", log.string()}));
    ask(server.port(), "/one.txt?first");
    fs::rename(log, old);
    ask(server.port(), "/one.txt?second"); // still to the one that is open
    server.signal(SIGHUP);
    server.expect_printed("opened the access log anew");
    ask(server.port(), "/one.txt?third");
    CHECK(eventually([&] { return has(log, "third"); }));
    CHECK(lines_in(read_file(log)) == 1);
    CHECK(lines_in(read_file(old)) == 2);
}

TEST_CASE("a log that cannot be opened anew goes on as it is") {
    namespace fs = std::filesystem;
    const test_site site;
    const fs::path folder = site.path() / "logs";
    fs::create_directory(folder);
    const fs::path moved = site.path() / "old-logs";
    server_process server(serve(site.path(), {"--access-log", (folder / "log").string()}));
    fs::rename(folder, moved);
    server.signal(SIGHUP);
    server.expect_printed("the old one goes on");
    ask(server.port(), "/one.txt?after");
    CHECK(eventually([&] { return has(moved / "log", "after"); }));
}

TEST_CASE("SIGHUP without an access log is no reason to end") {
    const test_site site;
    server_process server(serve(site.path()));
    server.signal(SIGHUP);
    CHECK(ask(server.port(), "/one.txt").status == 200);
    raw_client slow(server.port());
    slow.send(request_text("/one.txt") + "GET / HT").read_answer();
    server.signal(SIGTERM);
    server.expect_printed("finishing");
    server.signal(SIGHUP); // nor to end otherwise than it is doing
    slow.close();
    server.expect_exit(0);
}

TEST_CASE("a full disk costs lines of the log, which are counted, and no answer") {
    const test_site site;
    server_process server(serve(site.path(), {"--access-log", "/dev/full"}));
    ask(server.port(), "/one.txt");
    server.expect_printed("No space left on device; lines lost: 1\n");
    for (int i = 0; i < 20; ++i)
        CHECK(ask(server.port(), "/one.txt").status == 200);
    server.signal(SIGTERM);
    server.expect_exit(0);
    CHECK(lines_lost(server.err().text()) == 21); // told now and then, and at the end
}

} // namespace ringlet::testing
