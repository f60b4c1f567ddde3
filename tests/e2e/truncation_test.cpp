// Files that change while they are sent: the answer is whole, or the connection closes early.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <atomic>
#include <functional>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t large_bytes = 24 << 20; // far more than the kernel takes from the server
constexpr std::size_t small_bytes = 60'000;   // goes into the outbox, behind its head
constexpr int window_bytes = 64 * 1024;
constexpr char old_byte = 1; // neither these nor zeros are in any head
constexpr char new_byte = 2;

std::string filled(std::size_t bytes, char with) {
    return std::string(bytes, with);
}

// Whatever the grain of the file system's clock: every change after this is one of the time.
void set_old_time(const fs::path& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24));
}

unique_fd open_to_write(const fs::path& path) {
    return unique_fd(checked(open(path.c_str(), O_RDWR | O_CLOEXEC), "open"));
}

void overwrite(const unique_fd& file, std::string_view bytes, std::size_t offset = 0) {
    const ssize_t n = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    REQUIRE(n == static_cast<ssize_t>(bytes.size()));
}

bool has_foreign_bytes(const answer& a) {
    return a.body.find(new_byte) != a.body.npos || a.body.find('\0') != a.body.npos;
}

// A large file, and what becomes of answers to requests for it, and for parts of it, when it is
// changed while it is sent.
struct changing_site {
    changing_site() { restore(); }

    void restore() {
        site.write("large.bin", filled(large_bytes, old_byte));
        set_old_time(path);
    }

    answer interrupted(const std::string& fields, const std::function<void()>& change) {
        raw_client client(server.port(), window_bytes);
        client.send(request_text("/large.bin", fields));
        client.wait_for_bytes(200'000);
        change();
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == (fields.empty() ? 200 : 206));
        CHECK_FALSE(has_foreign_bytes(*a));
        return *a;
    }

    void check_closes_early(const std::function<void()>& change) {
        for (const std::string& fields : whole_and_parts) {
            CAPTURE(fields);
            restore();
            CHECK_FALSE(interrupted(fields, change).complete);
            CHECK(server.back_to(descriptors));
        }
    }

    void check_is_whole(const std::function<void()>& change) {
        for (const std::string& fields : whole_and_parts) {
            CAPTURE(fields);
            restore();
            CHECK(interrupted(fields, change).complete);
            CHECK(server.back_to(descriptors));
        }
    }

    const std::vector<std::string> whole_and_parts{"", "Range: bytes=1000-\r\n",
                                                   "Range: bytes=0-11999999,12000100-\r\n"};
    test_site site;
    fs::path path = site.path() / "large.bin";
    server_process server{serve(site.path())};
    std::size_t descriptors = server.open_descriptors();
};

} // namespace

TEST_CASE("a file changed in place while it is sent closes the connection early") {
    changing_site s;
    s.check_closes_early([&] { overwrite(open_to_write(s.path), filled(large_bytes, new_byte)); });
}

TEST_CASE("a file truncated and rewritten while it is sent closes the connection early") {
    changing_site s;
    s.check_closes_early([&] { s.site.write("large.bin", filled(large_bytes, new_byte)); });
}

TEST_CASE("a file rewritten longer while it is sent closes the connection early") {
    changing_site s;
    s.check_closes_early([&] { s.site.write("large.bin", filled(large_bytes + 1, new_byte)); });
}

TEST_CASE("a file that grows while it is sent closes the connection early") {
    changing_site s;
    s.check_closes_early([&] { overwrite(open_to_write(s.path), "more", large_bytes); });
}

TEST_CASE("a file that shrinks while it is sent closes the connection early") {
    changing_site s;
    s.check_closes_early([&] { fs::resize_file(s.path, 1 << 20); });
    CHECK((ask(s.server.port(), "/large.bin").body == filled(1 << 20, old_byte)));
}

TEST_CASE("a file that is removed while it is sent is sent to its end") {
    changing_site s;
    s.check_is_whole([&] { fs::remove(s.path); });
    CHECK(ask(s.server.port(), "/large.bin").status == 404);
}

TEST_CASE("a file that is replaced while it is sent is sent to its end, and then its successor") {
    changing_site s;
    s.check_is_whole([&] {
        s.site.write("next.bin", filled(1000, new_byte));
        fs::rename(s.site.path() / "next.bin", s.path);
    });
    CHECK((ask(s.server.port(), "/large.bin").body == filled(1000, new_byte)));
}

TEST_CASE("a file whose name and permissions change while it is sent is sent to its end") {
    changing_site s;
    s.check_is_whole([&] {
        fs::permissions(s.path, fs::perms::owner_read | fs::perms::owner_write);
        fs::create_hard_link(s.path, s.site.path() / "second.bin");
        fs::rename(s.path, s.site.path() / "third.bin");
        fs::remove(s.site.path() / "second.bin");
    });
}

TEST_CASE(
    "a large file truncated while it is sent closes the connection and sends nothing foreign") {
    test_site site;
    const std::string bytes = site.add("large.bin", 48 << 20);
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    raw_client client(server.port());
    client.send(request_text("/large.bin") + request_text("/one.txt"));
    const std::string begin = client.read_once();
    fs::resize_file(site.path() / "large.bin", 1 << 20);
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
    const std::string bytes = site.add("restless.bin", small_bytes);
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    const unique_fd file = open_to_write(site.path() / "restless.bin");
    std::atomic<bool> enough{false};
    std::jthread changer([&] {
        // Never twice the same length: the clock of the file system may be too coarse to tell.
        for (std::size_t round = 0; !enough; ++round) {
            checked(::ftruncate(file.get(), 20'000), "ftruncate");
            const auto more = std::string_view(bytes).substr(20'000, 20'000 + round % 20'000);
            checked(static_cast<int>(::pwrite(file.get(), more.data(), more.size(), 20'000)),
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
        foreign += !bytes.starts_with(a->body);
        if (!a->complete)
            after_cut += !client.at_end();
    }
    enough = true;
    changer.join();
    CHECK(foreign == 0);
    CHECK(after_cut == 0);
    CHECK(server.back_to(before));
}

TEST_CASE("a small file changed in place is answered as it was, or closes the connection early") {
    test_site site;
    const fs::path path = site.path() / "small.bin";
    site.write("small.bin", filled(small_bytes, old_byte));
    set_old_time(path);
    const auto old_time = fs::last_write_time(path);
    const server_process server(serve(site.path()));
    const std::string old_etag = ask(server.port(), "/small.bin").field("ETag");
    const unique_fd file = open_to_write(path);
    constexpr int requests = 20;
    std::string pipelined;
    for (int i = 0; i < requests; ++i)
        pipelined += request_text("/small.bin");
    int foreign = 0;
    for (int round = 0; round < 100; ++round) {
        overwrite(file, filled(small_bytes, old_byte));
        fs::last_write_time(path, old_time);
        raw_client client(server.port());
        client.send(pipelined);
        client.wait_for_bytes(1); // the server is busy with the next ones
        overwrite(file, filled(small_bytes, new_byte));
        for (int i = 0; i < requests; ++i) {
            const auto a = client.read_answer();
            if (!a)
                break;
            if (a->field("ETag") == old_etag)
                foreign += has_foreign_bytes(*a);
            if (!a->complete)
                break;
        }
    }
    CHECK(foreign == 0);
}

} // namespace ringlet::testing
