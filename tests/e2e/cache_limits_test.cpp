// What remembering files costs, and what is not remembered.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/sanitized.hpp"
#include "support/server_process.hpp"

#include <memory>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

std::size_t resident_kib(pid_t pid) {
    return std::stoull(status_of(pid, "VmRSS"));
}

// For before_exec: no inotify, as where others of this user have taken all there is. In a user
// namespace, so that those are not disturbed. Whether that is allowed.
bool forbid_inotify() {
    if (::unshare(CLONE_NEWUSER) != 0)
        return false;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // which new rights have undone
    const int limit = ::open("/proc/sys/user/max_inotify_instances", O_WRONLY | O_CLOEXEC);
    return limit >= 0 && ::write(limit, "0", 1) == 1 && ::inotify_init1(IN_CLOEXEC) < 0;
}

bool inotify_can_be_forbidden() {
    const pid_t child = checked(::fork(), "fork");
    if (child == 0)
        ::_exit(forbid_inotify() ? 0 : 1);
    int status = -1;
    checked(::waitpid(child, &status, 0), "waitpid");
    return status == 0;
}

std::size_t count(std::string_view all, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = all.find(part); at != all.npos; at = all.find(part, at + part.size()))
        ++n;
    return n;
}

} // namespace

TEST_CASE("a file from the future is dated now, each time") {
    test_site site;
    site.write("future.txt", "not yet");
    fs::last_write_time(site.path() / "future.txt",
                        fs::file_time_type::clock::now() + std::chrono::hours(1000));
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    for (int i = 0; i < 3; ++i) {
        const auto a = client.send(request_text("/future.txt")).read_answer().value();
        CHECK(a.body == "not yet");
        CHECK(a.field("Last-Modified") == a.field("Date"));
    }
}

TEST_CASE("what is no regular file is refused each time, and blocks nobody") {
    const test_site site;
    REQUIRE(::mkfifo((site.path() / "fifo").c_str(), 0600) == 0);
    const server_process server(serve(site.path(), {"--workers", "1"}));
    const std::size_t before = server.open_descriptors();
    raw_client client(server.port());
    for (int i = 0; i < 3; ++i) {
        CHECK(client.send(request_text("/fifo")).read_answer().value().status == 403);
        CHECK(client.send(request_text("/one.txt")).read_answer().value().status == 200);
    }
    client.close();
    CHECK(server.back_to(before));
}

TEST_CASE("remembered files hold no descriptors") {
    test_site site;
    for (int i = 0; i < 100; ++i)
        site.add("many/" + std::to_string(i) + ".txt", 100);
    const server_process server(serve(site.path(), {"--workers", "1"}));
    const std::size_t before = server.open_descriptors();
    raw_client client(server.port());
    for (int i = 0; i < 100; ++i)
        CHECK(client.send(request_text("/many/" + std::to_string(i) + ".txt"))
                  .read_answer()
                  .value()
                  .status == 200);
    client.close();
    CHECK(server.back_to(before));
}

TEST_CASE("spellings of targets without number take no more memory than there is for files") {
    const test_site site;
    const server_process server(serve(site.path(), {"--workers", "1", "--cache-bytes", "2000000"}));
    raw_client client(server.port());
    CHECK(client.send(request_text("/one.txt")).read_answer().value().status == 200);
    const std::size_t before = resident_kib(server.pid());
    for (int i = 0; i < (sanitized ? 250 : 2500); ++i) { // 20 MB of names
        std::string way;
        for (int bit = 0; bit < 12; ++bit)
            way += (i >> bit & 1) != 0 ? "/." : "//";
        for (const char* name : {"/one.txt", "/missing"}) {
            const std::string target = way + std::string(4000 - way.size(), '/') + name;
            const auto a = client.send(request_text(target)).read_answer();
            REQUIRE(a);
            REQUIRE(a->status == (name == std::string_view("/missing") ? 404 : 200));
        }
    }
    CHECK(client.send(request_text("/one.txt")).read_answer().value().body == site["one.txt"]);
    if (!sanitized)
        CHECK(resident_kib(server.pid()) < before + 8000);
}

TEST_CASE("query strings are not part of what is remembered") {
    const test_site site;
    const server_process server(serve(site.path(), {"--workers", "1"}));
    raw_client client(server.port());
    for (int i = 0; i < 300; ++i) {
        const std::string query = "?" + std::to_string(i) + "=/../%00%zz";
        const auto a = client.send(request_text("/one.txt" + query)).read_answer();
        REQUIRE(a);
        CHECK(a->body == site["one.txt"]);
        const auto moved = client.send(request_text("/pages" + query)).read_answer();
        REQUIRE(moved);
        CHECK(moved->field("Location") == "/pages/" + query);
    }
}

TEST_CASE("where inotify is refused the log says so once, and changes are noticed late") {
    if (!inotify_can_be_forbidden()) {
        WARN("inotify cannot be forbidden here: that takes a user namespace and /proc/sys");
        return;
    }
    test_site site;
    const auto start = [&](std::vector<std::string> options) {
        return std::make_unique<server_process>(serve(site.path(), std::move(options)), [] {
            if (!forbid_inotify())
                ::_exit(126);
        });
    };
    const auto server = start({"--workers", "3"});
    CHECK(count(server->err().text(), "inotify is refused to 3 of 3 workers") == 1);
    REQUIRE(ask(server->port(), "/one.txt").body == site["one.txt"]);
    site.write("one.txt", "another\n");
    const auto is_noticed = [&] { return ask(server->port(), "/one.txt").body == "another\n"; };
    CHECK(eventually(is_noticed));
    server->signal(SIGHUP);        // which does not help here
    CHECK(eventually(is_noticed)); // by another worker, perhaps, that was not asked since
    CHECK(count(server->err().text(), "inotify is refused") == 1);

    const auto forgetful = start({"--cache-bytes", "0"}); // nothing to be late with
    CHECK(count(forgetful->err().text(), "inotify") == 0);
}

} // namespace ringlet::testing
