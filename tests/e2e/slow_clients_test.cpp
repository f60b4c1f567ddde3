// Many clients that are as slow as they can be, and an ordinary one that must not notice.
// tools/dev/slow-clients does the same with more of them, and measures.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace ringlet::testing {
namespace {

constexpr int attackers = 300;
constexpr int window_bytes = 4096;
constexpr std::size_t large_bytes = 16 << 20; // far more than the kernel takes from the server
constexpr auto between_pieces = std::chrono::milliseconds(100);

// How one kind of them begins, and what it does every now and then.
struct slowness {
    std::string begin;
    std::function<void(int fd)> go_on;
};

void send_some(int fd, std::string_view bytes) {
    [[maybe_unused]] const ssize_t n =
        ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void read_some(int fd) {
    char bytes[5];
    [[maybe_unused]] const ssize_t n = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
}

struct besieged_server {
    besieged_server() { folder.write("large.bin", pattern(large_bytes)); }

    void probe() {
        const answer a = ask(server.port(), "/hello/you");
        REQUIRE(a.status == 200);
        REQUIRE(a.body == "hello, you\n");
    }

    /// All of them at once; they go on until the server has had enough of them.
    void withstand(const slowness& s) {
        std::vector<raw_client> slow;
        for (int i = 0; i < attackers; ++i)
            slow.emplace_back(server.port(), window_bytes).send(s.begin);
        REQUIRE(eventually([&] { return server.open_descriptors() >= descriptors + attackers; }));
        probe();
        auto next = std::chrono::steady_clock::now();
        const bool gone = eventually(
            [&] {
                if (std::chrono::steady_clock::now() >= next) {
                    for (const raw_client& client : slow)
                        s.go_on(client.fd());
                    next = std::chrono::steady_clock::now() + between_pieces;
                }
                probe();
                return server.open_descriptors() <= descriptors;
            },
            std::chrono::seconds(60));
        CHECK(gone);
        CHECK(server.open_descriptors() == descriptors);
    }

    temporary_folder folder;
    // All times are short, but long enough for all to come; and connections enough.
    server_process server{{RINGLET_SOAK_APP, folder.path().string(), "", "4", "2000"}};
    std::size_t descriptors = server.open_descriptors();
};

// As slowhttptest does, which ends when it is answered.
void send_unless_answered(int fd, std::string_view bytes) {
    if (!readable(fd))
        send_some(fd, bytes);
}

} // namespace

TEST_CASE("hundreds of clients with slow heads are gone in time, and others served meanwhile") {
    besieged_server server;
    server.withstand({"GET /hello/me HTTP/1.1\r\nHost: localhost\r\n",
                      [](int fd) { send_unless_answered(fd, "X-More: x\r\n"); }});
}

TEST_CASE("hundreds of clients with slow content are gone in time, and others served meanwhile") {
    besieged_server server;
    server.withstand({request_text("/upload", "Content-Length: 8192\r\n", "POST"),
                      [](int fd) { send_unless_answered(fd, "x"); }});
}

TEST_CASE("hundreds of clients that read slowly are gone in time, and others served meanwhile") {
    besieged_server server;
    server.withstand({request_text("/large.bin"), read_some});
}

TEST_CASE("hundreds of clients that ask on and read nothing are gone in time, and others served") {
    besieged_server server;
    server.folder.write("small.bin", pattern(60'000)); // it is sent while more is received
    const std::string one = request_text("/small.bin");
    server.withstand({one, [&](int fd) { send_some(fd, one); }});
}

TEST_CASE("hundreds of clients that ask for many ranges are gone in time, and others served") {
    besieged_server server;
    std::string ranges = "Range: bytes=0-2000000";
    for (int i = 1; i < 16; ++i)
        ranges += ',' + std::to_string(i) + "-" + std::to_string(2'000'000 + i);
    server.withstand({request_text("/large.bin", ranges + "\r\n"), read_some});
}

} // namespace ringlet::testing
