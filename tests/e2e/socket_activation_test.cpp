// Listening sockets that whoever starts the server passes to it.
#include "e2e/refusal.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <cstdlib>

namespace ringlet::testing {
namespace {

/// For before_exec: passes `sockets`, as systemd does. The server is the process that calls it.
std::function<void()> pass(std::vector<int> sockets, pid_t to = 0) {
    return [sockets = std::move(sockets), to] {
        const int above = 3 + static_cast<int>(sockets.size());
        std::vector<int> staged;
        for (const int fd : sockets)
            staged.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, above));
        for (std::size_t i = 0; i < staged.size(); ++i)
            ::dup2(staged[i], 3 + static_cast<int>(i));
        ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
        ::setenv("LISTEN_PID", std::to_string(to != 0 ? to : ::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDNAMES", "http", 1);
    };
}

std::string url(const listening& at) {
    return "http://127.0.0.1:" + std::to_string(at.port);
}

} // namespace

TEST_CASE("sockets that are passed are served, whatever the number of workers") {
    const test_site site;
    for (const char* workers : {"1", "2", "5"}) {
        const listening first, second, third;
        const auto command = serve(site.path(), {"--workers", workers});
        server_process server(command, pass({first.fd.get(), second.fd.get(), third.fd.get()}));
        for (const listening* at : {&first, &second, &third}) {
            CHECK(server.err().text().find(url(*at)) != std::string::npos);
            for (int i = 0; i < 20; ++i)
                CHECK(ask(at->port, "/one.txt").body == site["one.txt"]);
        }
        const std::string line = server.err().text();
        CHECK(std::count(line.begin(), line.end(), ':') == 7); // and no others
    }
}

TEST_CASE("a connection that came before the server is answered") {
    const test_site site;
    const listening at;
    raw_client early(at.port);
    early.send(request_text("/one.txt"));
    server_process server(serve(site.path()), pass({at.fd.get()}));
    const auto a = early.read_answer();
    REQUIRE(a);
    CHECK(a->body == site["one.txt"]);
}

TEST_CASE("sockets that are passed to another process are not this one's") {
    const test_site site;
    const listening at;
    server_process server(serve(site.path()), pass({at.fd.get()}, 1));
    CHECK(server.port() != at.port);
    CHECK(ask(server.port(), "/one.txt").status == 200);
}

TEST_CASE("what is passed and cannot be served is refused in one line") {
    const test_site site;
    const auto command = serve(site.path());
    const unique_fd none = tcp_socket();
    expect_refusal(start(command, pass({none.get()})), {"descriptor 3", "LISTEN_FDS", "listen"});
    const unique_fd pipe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    expect_refusal(start(command, pass({pipe.get()})), {"descriptor 3", "not a socket"});
    const fd_pair local = stream_pair();
    expect_refusal(start(command, pass({local.ours.get()})), {"descriptor 3", "Unix-domain"});
    const unique_fd datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    expect_refusal(start(command, pass({datagrams.get()})), {"descriptor 3", "not a TCP"});
    const listening at;
    const auto too_many = [&] {
        pass({at.fd.get()})();
        ::setenv("LISTEN_FDS", "2", 1);
        ::close(4);
    };
    expect_refusal(start(command, too_many), {"descriptor 4"});
    const auto no_number = [&] {
        pass({at.fd.get()})();
        ::setenv("LISTEN_FDS", "one", 1);
    };
    expect_refusal(start(command, no_number), {"LISTEN_FDS 'one'"});
}

} // namespace ringlet::testing
