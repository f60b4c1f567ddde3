// How slow a client may be, over real TCP and with the options of the program.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace ringlet::testing {
namespace {

constexpr int window_bytes = 16 * 1024;
constexpr std::size_t long_bytes = 12 << 20; // more than the system takes in for the client

// At about 40 000 bytes a second, for `length`.
std::string read_slowly(raw_client& client, std::chrono::milliseconds length) {
    std::string all;
    const auto until = std::chrono::steady_clock::now() + length;
    while (std::chrono::steady_clock::now() < until) {
        char part[4096];
        const ssize_t n = ::recv(client.fd(), part, sizeof part, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            break;
        if (n > 0)
            all.append(part, static_cast<std::size_t>(n));
        ::poll(nullptr, 0, 100); // it is slow
    }
    return all;
}

} // namespace

TEST_CASE("a slow client that keeps its pace gets the whole file, however long a block takes") {
    test_site site;
    const std::string& file = site.add("long.bin", long_bytes);
    server_process server(
        serve(site.path(), {"--send-timeout-s", "3", "--send-min-bytes-per-s", "1000"}));
    raw_client client(server.port(), window_bytes);
    client.send(request_text("/long.bin", "Connection: close\r\n"));
    std::string all = read_slowly(client, std::chrono::seconds(8));
    all += client.read_rest();
    REQUIRE(all.size() > file.size());
    CHECK(all.ends_with(file));
}

TEST_CASE("a client that reads nothing is cut off in the time that it has for a block") {
    test_site site;
    site.add("long.bin", long_bytes);
    server_process server(serve(site.path(), {"--send-timeout-s", "1"}));
    const std::size_t before = server.open_descriptors();
    raw_client client(server.port(), window_bytes);
    client.send(request_text("/long.bin"));
    CHECK(eventually([&] { return server.open_descriptors() > before; }));
    CHECK(server.back_to(before)); // in less than the 30 s that are the default
    CHECK(client.read_rest().size() < long_bytes);
}

TEST_CASE("a client that keeps no pace is cut off although it reads") {
    test_site site;
    site.add("long.bin", long_bytes);
    server_process server(
        serve(site.path(), {"--send-timeout-s", "1", "--send-min-bytes-per-s", "50000000"}));
    raw_client client(server.port(), window_bytes);
    client.send(request_text("/long.bin"));
    std::string all = read_slowly(client, std::chrono::seconds(5));
    all += client.read_rest();
    CHECK(all.size() < long_bytes);
}

TEST_CASE("content that nobody wants has its time, too") {
    const test_site site;
    server_process server(
        serve(site.path(), {"--body-timeout-s", "1", "--body-min-bytes-per-s", "100"}));
    raw_client client(server.port());
    client.send(request_text("/one.txt", "Content-Length: 1000\r\n", "POST"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 405);
    CHECK(client.at_end()); // the 20 s for a head have nothing to do with it
}

} // namespace ringlet::testing
