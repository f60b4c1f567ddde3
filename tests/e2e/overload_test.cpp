// More than there is room for: descriptors, files, requests ahead of their answers.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/sanitized.hpp"
#include "support/server_process.hpp"

#include <algorithm>
#include <fstream>
#include <sys/resource.h>
#include <vector>

namespace ringlet::testing {
namespace {

constexpr int window_bytes = 16 * 1024;
constexpr std::size_t long_bytes = 12 << 20; // more than the system takes in for the client

std::optional<answer> ask_once(raw_client& client) {
    return client.send(request_text("/one.txt")).read_answer();
}

void expect_busy(const std::optional<answer>& a) {
    REQUIRE(a);
    CHECK(a->status == 503);
    CHECK(a->complete);
    CHECK(a->field("Retry-After") == "10");
}

// Keeps the server from opening anything, until the end.
class no_more_descriptors {
  public:
    explicit no_more_descriptors(const server_process& of) : pid_(of.pid()) {
        checked(::prlimit(pid_, RLIMIT_NOFILE, nullptr, &before_), "prlimit");
        set(0);
    }
    no_more_descriptors(const no_more_descriptors&) = delete;
    no_more_descriptors& operator=(const no_more_descriptors&) = delete;
    ~no_more_descriptors() { set(before_.rlim_cur); }

  private:
    void set(rlim_t most) const {
        const rlimit now{most, before_.rlim_max};
        ::prlimit(pid_, RLIMIT_NOFILE, &now, nullptr);
    }
    pid_t pid_;
    rlimit before_{};
};

std::size_t resident_bytes(const server_process& of) {
    std::ifstream file("/proc/" + std::to_string(of.pid()) + "/statm");
    std::size_t size = 0;
    std::size_t resident = 0;
    file >> size >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t count(const std::string& all, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = all.find(part); at != all.npos; at = all.find(part, at + part.size()))
        ++n;
    return n;
}

} // namespace

// A larger one takes milliseconds in a process with threads, in which a worker does nothing.
TEST_CASE("the system's table of descriptors has its size before the first connection") {
    const test_site site;
    server_process server(serve(site.path()));
    rlimit descriptors{};
    checked(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &descriptors), "prlimit");
    CHECK(std::stoull(status_of(server.pid(), "FDSize")) >=
          std::min<rlim_t>(descriptors.rlim_cur, 64 * 1024));
}

TEST_CASE("as many files are open for answers as may be, and others are told to come again") {
    test_site site;
    site.add("long.bin", long_bytes);
    server_process server(serve(site.path(), {"--open-files", "2", "--workers", "1"}));
    const std::size_t before = server.open_descriptors();
    raw_client other(server.port());
    {
        raw_client first(server.port(), window_bytes), second(server.port(), window_bytes);
        for (raw_client* client : {&first, &second}) {
            client->send(request_text("/long.bin"));
            client->wait_for_bytes(1);
        }
        REQUIRE(eventually([&] { return server.open_descriptors() == before + 5; }));
        expect_busy(ask_once(other));
        expect_busy(other.send(request_text("/long.bin")).read_answer()); // the connection is kept
        const auto missing = other.send(request_text("/.hidden")).read_answer();
        REQUIRE(missing);
        CHECK(missing->status == 404); // that takes no file
    }
    CHECK(eventually([&] { return ask_once(other).value().status == 200; }));
}

TEST_CASE("without memory for answers requests are told to come again, until there is some") {
    test_site site;
    site.add("long.bin", long_bytes);
    server_process server(serve(site.path(), {"--buffer-bytes", "1048576", "--workers", "1"}));
    raw_client other(server.port());
    REQUIRE(ask_once(other));
    {
        std::vector<raw_client> stuck; // each with a block of 64 KiB or more
        for (int i = 0; i < 20; ++i) {
            stuck.emplace_back(server.port(), window_bytes).send(request_text("/long.bin"));
            stuck.back().wait_for_bytes(1);
        }
        CHECK(eventually([&] { return ask_once(other).value().status == 503; }));
        expect_busy(ask_once(other));
    }
    CHECK(eventually([&] { return ask_once(other).value().status == 200; }));
}

TEST_CASE("without a descriptor for the file the answer is 503, and the connection goes on") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "1"}));
    raw_client client(server.port());
    REQUIRE(ask_once(client));
    {
        const no_more_descriptors now(server);
        expect_busy(client.send(request_text("/photo.png")).read_answer());
        CHECK(ask_once(client).value().status == 200); // it is in memory
        expect_busy(client.send(request_text("/app.js", "Accept-Encoding: br\r\n")).read_answer());
    }
    const auto again = ask_once(client);
    REQUIRE(again);
    CHECK(again->status == 200);
}

TEST_CASE("without descriptors for connections the server waits, and serves them when there are") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "1", "--connections", "1000",
                                              "--connections-per-client", "1000"}),
                          [] { limit_open_files(60); });
    const auto before = std::chrono::steady_clock::now();
    std::vector<raw_client> clients;
    for (int i = 0; i < 70; ++i)
        clients.emplace_back(server.port());
    const std::string printed = server.err().wait_until(
        [](const std::string& all) { return count(all, "cannot accept") >= 10; });
    CHECK(count(printed, "cannot accept") >= 10);
    CHECK(std::chrono::steady_clock::now() - before > std::chrono::milliseconds(900));
    expect_busy(ask_once(clients[0])); // who was let in is answered all the same
    clients.erase(clients.begin(), clients.begin() + 45);
    for (raw_client& waiting : clients)
        CHECK(eventually([&] { return ask_once(waiting).value().status == 200; }));
}

TEST_CASE("with many workers the limits leave them the descriptors that they need") {
    const test_site site;
    server_process server(
        serve(site.path(), {"--workers", "16", "--connections-per-client", "1000"}),
        [] { limit_open_files(256); });
    std::vector<raw_client> in;
    std::optional<answer> last;
    while (in.size() < 256 && (last = ask_once(in.emplace_back(server.port()))) &&
           last->status == 200)
        ;
    expect_busy(last);
    in.pop_back();
    CHECK(in.size() > 32);          // as few as that they need not be
    for (raw_client& client : in) { // with a descriptor for a file
        const auto a = client.send(request_text("/photo.png")).read_answer();
        REQUIRE(a);
        CHECK(a->status == 200);
    }
    CHECK(server.err().text().find("cannot accept") == std::string::npos);
}

TEST_CASE("under a flood of connections those that were let in are served, and all others told") {
    const test_site site;
    server_process server(
        serve(site.path(), {"--connections", "50", "--connections-per-client", "50"}));
    std::vector<raw_client> in;
    for (int i = 0; i < 50; ++i)
        REQUIRE(ask_once(in.emplace_back(server.port())));
    for (std::size_t i = 0; i < 500; ++i) {
        raw_client late(server.port());
        expect_busy(late.read_answer());
        CHECK(late.at_end());
        if (i % 10 == 0) {
            const auto a = ask_once(in[i / 10]);
            REQUIRE(a);
            CHECK(a->body == site["one.txt"]);
        }
    }
}

TEST_CASE("an idle connection takes less than a KiB of the server's memory") {
    constexpr std::size_t connections = 2000;
    const test_site site;
    const server_process server(serve(site.path(), {"--workers", "1"}));
    rlimit files{};
    checked(::getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    files.rlim_cur = files.rlim_max;
    checked(::setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    std::vector<raw_client> clients;
    const auto add_one = [&] { REQUIRE(ask_once(clients.emplace_back(server.port()))); };
    add_one();
    for (int i = 0; i < 1500; ++i) // so that all buffers for receiving have been used
        REQUIRE(ask_once(clients.front()));
    const std::size_t before = resident_bytes(server);
    while (clients.size() <= connections)
        add_one();
    CHECK((sanitized || resident_bytes(server) < before + connections * 1024));
    CHECK(ask_once(clients[connections / 2]));
}

TEST_CASE("clients that ask ahead and read nothing leave room to receive for others") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "1", "--send-timeout-s", "300",
                                              "--connections-per-client", "1000"}));
    const std::string request = request_text("/edge-64-2.bin");
    std::string ahead;
    while (ahead.size() < 40'000)
        ahead += request;
    std::vector<raw_client> silent;
    for (int i = 0; i < 100; ++i) {
        raw_client& client = silent.emplace_back(server.port(), 4096);
        REQUIRE(ask_once(client));
        // Each is answered, or waits for room, when another client has been answered after it.
        for (const std::string& next : {request, request, request, ahead}) {
            flood(client.fd(), next);
            REQUIRE(ask(server.port(), "/one.txt").status == 200);
        }
    }
}

TEST_CASE("requests far ahead of their answers take no memory, and are all answered") {
    constexpr std::size_t requests = 100'000;
    const test_site site;
    server_process server(
        serve(site.path(), {"--workers", "1", "--requests-per-connection", "1000000"}));
    raw_client client(server.port(), window_bytes);
    REQUIRE(ask_once(client));
    const std::size_t before = resident_bytes(server);
    std::string all;
    for (std::size_t i = 0; i < requests; ++i)
        all += request_text("/empty.txt", "X-Pad: " + std::string(200, 'x') + "\r\n");
    std::string_view left = all;
    pollfd p{client.fd(), POLLOUT, 0};
    while (!left.empty() && ::poll(&p, 1, 1000) == 1) // until the server takes no more
        left.remove_prefix(flood(client.fd(), left));
    CHECK(!left.empty());
    // The requests are 24 MB, the answers as much; the buffers for all connections are 4.
    CHECK((sanitized || resident_bytes(server) < before + (8 << 20)));
    std::size_t answered = 0;
    std::string got;
    while (answered < requests) {
        left.remove_prefix(flood(client.fd(), left));
        const std::string more = client.read_once();
        if (more.empty())
            break;
        got += more;
        const std::size_t whole = got.rfind("\r\n\r\n");
        if (whole == got.npos)
            continue;
        answered += count(got.substr(0, whole + 4), "HTTP/1.1 200 OK\r\n");
        got.erase(0, whole + 4);
    }
    CHECK(answered == requests);
}

} // namespace ringlet::testing
