// SIGUSR2: a new process takes over, and nobody notices.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/steady_load.hpp"
#include "support/successor.hpp"

#include <sys/un.h>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

/// A copy of the program, where another one can be put in its place.
class replaceable_program {
  public:
    replaceable_program() { restore(); }

    std::vector<std::string> serve(const test_site& site,
                                   std::vector<std::string> more = {}) const {
        std::vector<std::string> command = testing::serve(site.path(), std::move(more));
        command.front() = path().string();
        return command;
    }
    void remove() const { fs::remove(path()); }
    void replace(const std::string& script) const {
        folder_.write("new", "#!/bin/sh\n" + script + "\n");
        put_in_place();
    }
    void restore() const {
        fs::copy_file(RINGLET_PROGRAM, folder_.path() / "new");
        put_in_place();
    }

  private:
    fs::path path() const { return folder_.path() / "ringlet"; }
    void put_in_place() const {
        fs::permissions(folder_.path() / "new", fs::perms::owner_all);
        fs::rename(folder_.path() / "new", path());
    }

    temporary_folder folder_;
};

std::size_t children_of(pid_t pid) {
    const std::string list =
        read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    return count_of(list, " ");
}

} // namespace

TEST_CASE("20 restarts under load cost no request") {
    const test_site site;
    restarting_server server(serve(site.path(), {"--workers", "2"}));
    steady_load load(server.port(), "/one.txt", site["one.txt"], 8, 4);
    for (int i = 0; i < 20; ++i) {
        REQUIRE(load.wait_for(50));
        server.restart();
    }
    CHECK(load.wait_for(50));
    load.end();
    CHECK(load.failed() == 0);
}

TEST_CASE("a restart goes by the path that the program was called by, links and all") {
    const test_site site;
    const temporary_folder folder;
    const fs::path link = folder.path() / "ringlet";
    fs::create_symlink(RINGLET_PROGRAM, link);
    std::vector<std::string> command = serve(site.path());
    command.front() = link.string();
    restarting_server server(command);
    folder.write("next", "#!/bin/sh\nexec " RINGLET_PROGRAM " \"$@\" --workers 3\n");
    fs::permissions(folder.path() / "next", fs::perms::owner_all);
    fs::remove(link);
    fs::create_symlink("next", link);
    server.restart();
    server.expect_printed("(3 workers");
}

TEST_CASE("a server with one backend takes over from a server with the other") {
    const test_site site;
    const replaceable_program program;
    for (const std::string first : {"uring", "epoll"}) {
        const std::string second = first == "epoll" ? "uring" : "epoll";
        program.restore();
        restarting_server server(program.serve(site, {"--workers", "2", "--backend", first}));
        steady_load load(server.port(), "/one.txt", site["one.txt"], 4, 2);
        REQUIRE(load.wait_for(50));
        program.replace("for word; do shift; [ \"$word\" = " + first + " ] && word=" + second +
                        "; set -- \"$@\" \"$word\"; done\nexec " RINGLET_PROGRAM " \"$@\"");
        server.restart();
        server.expect_printed(second == "epoll" ? " epoll)" : " io_uring)");
        CHECK(load.wait_for(50));
        load.end();
        CHECK(load.failed() == 0);
    }
}

TEST_CASE("an answer in progress is finished by the process that began it") {
    const test_site site;
    restarting_server server(serve(site.path()));
    raw_client slow(server.port());
    slow.send(request_text("/photo.png"));
    std::string all = slow.read_once();
    server.signal(SIGUSR2);
    server.expect_printed(" has taken over\n");
    const successor next(
        pid_before(server.expect_printed("finishing what is in progress"), " has taken over\n"));
    CHECK(ask(server.port(), "/one.txt").body == site["one.txt"]); // by the new one
    CHECK(server.first().alive());
    all += slow.read_rest();
    CHECK((all.substr(all.find("\r\n\r\n") + 4) == site["photo.png"]));
    server.first().expect_end(0);
    CHECK(ask(server.port(), "/one.txt").status == 200);
}

TEST_CASE("a kept connection is answered after the restart, and told that it ends") {
    const test_site site;
    restarting_server server(serve(site.path()));
    raw_client kept(server.port());
    kept.send(request_text("/one.txt")).read_answer();
    server.signal(SIGUSR2);
    const successor next(
        pid_before(server.expect_printed("finishing what is in progress"), " has taken over\n"));
    CHECK(ask_until_told(kept, "/one.txt", site["one.txt"]));
    server.first().expect_end(0);
}

TEST_CASE("a new program that does not come up leaves the old one serving") {
    const test_site site;
    const replaceable_program program;
    restarting_server server(program.serve(site));
    raw_client kept(server.port());
    const auto goes_on = [&](const std::string& reason) {
        server.signal(SIGUSR2);
        server.expect_printed(reason);
        CHECK(eventually([&] { return children_of(server.pid()) == 0; }));
        CHECK(ask(server.port(), "/one.txt").status == 200);
        const auto a = kept.send(request_text("/one.txt")).read_answer();
        REQUIRE(a);
        CHECK(a->field("Connection").empty());
    };
    program.remove();
    goes_on("No such file or directory; this process goes on serving");
    program.replace("exit 3");
    goes_on("has ended with exit code 3; this process goes on serving");
    program.restore();
    server.restart();
    CHECK(ask(server.port(), "/one.txt").status == 200);
}

TEST_CASE("a new program that says nothing is ended, and the old one goes on serving") {
    const test_site site;
    const replaceable_program program;
    restarting_server server(program.serve(site, {"--restart-timeout-s", "1"}));
    program.replace("exec sleep 100");
    server.signal(SIGUSR2);
    server.expect_printed("did not serve in time; this process goes on serving");
    CHECK(children_of(server.pid()) == 0);
    CHECK(ask(server.port(), "/one.txt").status == 200);
}

TEST_CASE("a new process that is killed before it serves leaves the old one serving") {
    const test_site site;
    const replaceable_program program;
    restarting_server server(program.serve(site));
    program.replace("exec sleep 100");
    server.signal(SIGUSR2);
    const pid_t pid = pid_before(server.expect_printed(" is to take over\n"), " is to take over");
    server.signal(SIGUSR2);
    server.expect_printed("under way already");
    CHECK(ask(server.port(), "/one.txt").status == 200);
    ::kill(pid, SIGKILL);
    server.expect_printed("was ended by signal 9; this process goes on serving");
    CHECK(ask(server.port(), "/one.txt").status == 200);
    program.restore();
    server.restart();
    CHECK(ask(server.port(), "/one.txt").status == 200);
}

TEST_CASE("SIGTERM during a restart ends the process that was to take over, too") {
    const test_site site;
    const replaceable_program program;
    restarting_server server(program.serve(site));
    program.replace("exec sleep 100");
    server.signal(SIGUSR2);
    const successor next(
        pid_before(server.expect_printed(" is to take over\n"), " is to take over"));
    server.signal(SIGTERM);
    CHECK(next.has_ended());
    server.first().expect_exit(0);
}

TEST_CASE("a program with handlers restarts as the server does") {
    const test_site site;
    restarting_server server({RINGLET_HANDLERS_APP, site.path().string()});
    steady_load load(server.port(), "/hello/world", "hello, world", 2, 2);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(load.wait_for(20));
        server.restart();
    }
    CHECK(load.wait_for(20));
    load.end();
    CHECK(load.failed() == 0);
}

TEST_CASE("the service manager is told who serves, and of the end") {
    const test_site site;
    const std::string path = (site.path() / "notify").string();
    const unique_fd manager(
        checked(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "notify socket"));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    checked(::bind(manager.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), "bind");
    const auto told = [&] {
        char text[200];
        const ssize_t n =
            wait_for(manager.get(), POLLIN) ? ::read(manager.get(), text, sizeof text) : ssize_t{0};
        return std::string(text, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    };
    restarting_server server(serve(site.path()),
                             [&] { ::setenv("NOTIFY_SOCKET", path.c_str(), 1); });
    CHECK(told() == "READY=1");
    server.restart();
    CHECK(told() == "READY=1");
    CHECK(told() == "MAINPID=" + std::to_string(server.pid()));
    server.end();
    CHECK(told() == "STOPPING=1");
}

} // namespace ringlet::testing
