// What the machine does to a server: a client's process that stops, files that cannot be read.
#include "e2e/curl.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace ringlet::testing {

TEST_CASE("a client's process that stops in a download is given up, and others served meanwhile") {
    if (!curl_is_there())
        return;
    const test_site site;
    std::ofstream(site.path() / "endless.bin").close();
    std::filesystem::resize_file(site.path() / "endless.bin", 1 << 28); // holes
    server_process server(serve(site.path(), {"--workers", "1", "--send-timeout-s", "1"}));
    const std::size_t before = server.open_descriptors();
    child_process downloading({RINGLET_CURL, "--silent", "--disable", "--noproxy", "*", "--output",
                               "/dev/null", "--limit-rate", "4M",
                               url(server.port(), "/endless.bin")});
    CHECK(eventually([&] { return server.open_descriptors() >= before + 2; }));
    downloading.signal(SIGSTOP);
    const bool given_up = eventually([&] {
        const answer a = ask(server.port(), "/one.txt");
        REQUIRE(a.body == site["one.txt"]);
        return server.open_descriptors() <= before;
    });
    CHECK(given_up);
    downloading.signal(SIGCONT);
    CHECK(downloading.exit_code() != 0); // it can tell that this was not all
}

TEST_CASE("a file whose read fails is no whole answer, and harms nobody else") {
    // Of size 4 096 as fstat has it; the loopback has no speed, so read(2) fails.
    const std::filesystem::path folder = "/sys/class/net/lo";
    char byte = 0;
    const unique_fd file(::open((folder / "speed").c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::read(file.get(), &byte, 1) != -1) {
        WARN("there is no file here whose read fails");
        return;
    }
    server_process server(serve(folder));
    const std::size_t before = server.open_descriptors();
    for (int i = 0; i < 20; ++i) {
        raw_client client(server.port());
        client.send(request_text("/speed") + request_text("/missing"));
        const auto a = client.read_answer();
        CHECK((!a || !a->complete || a->status >= 500));
        CHECK((!a || a->body.empty() || a->status >= 500));
        // Shorter than fstat says, as all files are there: what came is a beginning at most.
        raw_client shorter(server.port());
        shorter.offer(request_text("/mtu"));
        const auto b = shorter.read_answer();
        CHECK((!b || !b->complete || b->status >= 500));
    }
    CHECK(server.back_to(before));
    CHECK(ask(server.port(), "/missing").status == 404);
}

} // namespace ringlet::testing
