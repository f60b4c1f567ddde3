// Files that change while they are sent.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <atomic>

namespace ringlet::testing {
namespace {

// Whether `body` begins as `bytes` do. Where a read meets a truncation, the kernel itself gives
// zeros.
bool comes_from(const std::string& body, const std::string& bytes) {
    if (body.size() > bytes.size())
        return false;
    for (std::size_t i = 0; i < body.size(); ++i)
        if (body[i] != bytes[i] && (body[i] != 0 || i < 20'000))
            return false;
    return true;
}

} // namespace

TEST_CASE(
    "a large file truncated while it is sent closes the connection and sends nothing foreign") {
    test_site site;
    const std::string bytes = site.add("large.bin", 48 << 20);
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    raw_client client(server.port());
    client.send(request_text("/large.bin") + request_text("/one.txt"));
    const std::string begin = client.read_once();
    std::filesystem::resize_file(site.path() / "large.bin", 1 << 20);
    const std::string all = begin + client.read_rest();
    const std::size_t head = all.find("\r\n\r\n") + 4;
    const std::size_t sent = all.size() - head;
    CHECK(all.find("Content-Length: " + std::to_string(bytes.size()) + "\r\n") < head);
    CHECK(sent < bytes.size());
    CHECK((bytes.compare(0, sent, all, head) == 0));
    CHECK(server.back_to(before));
    CHECK(ask(server.port(), "/large.bin").body.size() == 1 << 20);
}

TEST_CASE("small files that shrink and grow all the time are never answered with foreign bytes") {
    test_site site;
    const std::string bytes = site.add("restless.bin", 60'000);
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    const unique_fd file(
        checked(open((site.path() / "restless.bin").c_str(), O_RDWR | O_CLOEXEC), "open"));
    std::atomic<bool> enough{false};
    std::jthread changer([&] {
        while (!enough) {
            checked(::ftruncate(file.get(), 20'000), "ftruncate");
            checked(static_cast<int>(::pwrite(file.get(), bytes.data() + 20'000, 40'000, 20'000)),
                    "pwrite");
        }
    });
    int foreign = 0;
    int after_cut = 0;
    for (int i = 0; i < 500; ++i) {
        raw_client client(server.port());
        client.offer(request_text("/restless.bin") + request_text("/one.txt"));
        const auto a = client.read_answer();
        if (!a)
            continue;
        foreign += !comes_from(a->body, bytes);
        if (!a->complete)
            after_cut += !client.at_end();
    }
    enough = true;
    changer.join();
    CHECK(foreign == 0);
    CHECK(after_cut == 0);
    CHECK(server.back_to(before));
}

TEST_CASE("a file that is removed while it is sent is sent to its end") {
    test_site site;
    const std::string bytes = site.add("large.bin", 16 << 20);
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    client.send(request_text("/large.bin"));
    const std::string begin = client.read_once();
    std::filesystem::remove(site.path() / "large.bin");
    client.end_sending();
    const std::string all = begin + client.read_rest();
    CHECK((all.substr(all.find("\r\n\r\n") + 4) == bytes));
}

} // namespace ringlet::testing
