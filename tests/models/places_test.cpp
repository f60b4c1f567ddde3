// How many are served at a time, and how many wait.
#include "models/model.hpp"

#include <chrono>
#include <sys/socket.h>

namespace ringlet::testing {
namespace {

/// Whether a signal has stopped all threads of a process, or it has ended.
bool is_stopped(pid_t pid) {
    if (!runs(pid))
        return true;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        std::ifstream file(entry.path() / "stat");
        std::string stat;
        if (std::getline(file, stat) && stat.substr(stat.rfind(')')).substr(0, 3) != ") T")
            return false;
    }
    return true;
}

/// Keeps a server and its children from doing anything.
class frozen {
  public:
    explicit frozen(pid_t server) {
        stop(server); // first, for then it has no more children
        for (const pid_t child : children_of(server))
            stop(child);
    }
    frozen(const frozen&) = delete;
    frozen& operator=(const frozen&) = delete;
    ~frozen() {
        for (const pid_t each : all_)
            ::kill(each, SIGCONT);
    }

  private:
    void stop(pid_t pid) {
        all_.push_back(pid);
        ::kill(pid, SIGSTOP);
        REQUIRE(eventually([&] { return is_stopped(pid); }));
    }

    std::vector<pid_t> all_;
};

/// Over the loopback a connection that is taken is so at once.
bool connects_at_once(const unique_fd& fd, std::uint16_t port) {
    const sockaddr_in to = loopback_address(port);
    ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    pollfd p{fd.get(), POLLOUT, 0};
    return ::poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) == 0;
}

} // namespace

TEST_CASE("as many connections wait to be accepted as the backlog says") {
    const model_site site;
    const server_process server(serve_by_model(site.path(), {"--backlog", "5"}));
    CHECK(ask(server.port(), "/one.txt").status == 200);
    const frozen meanwhile(server.pid());
    std::vector<unique_fd> clients;
    int connected = 0;
    for (int i = 0; i < 20; ++i) {
        clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        connected += connects_at_once(clients.back(), server.port()) ? 1 : 0;
    }
    CHECK(connected == 6); // Linux takes one more than it was told
}

TEST_CASE("as many are served at a time as there are workers", "[numbered]") {
    const model_site site;
    const server_process server(
        serve_by_model(site.path(), {"--workers", "2", "--hold", "0.2", "0.2", "1"}));
    const auto began = std::chrono::steady_clock::now();
    std::vector<raw_client> clients;
    for (int i = 0; i < 6; ++i)
        clients.emplace_back(server.port()).send(request_text("/one.txt"));
    for (raw_client& each : clients) {
        const auto a = each.read_answer();
        REQUIRE(a);
        CHECK(a->body == site["one.txt"]);
    }
    CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(600));
}

TEST_CASE("while all workers but one are busy, the one serves", "[numbered]") {
    const model_site site;
    const models::hold_range hold{std::chrono::milliseconds(0), std::chrono::seconds(60), 11};
    const server_process server(
        serve_by_model(site.path(), {"--workers", "2", "--hold", "0", "60", "11"}));
    raw_client held(server.port());
    held.send(request_text(target_held(hold, std::chrono::seconds(30), std::chrono::seconds(60))));
    const std::string quick =
        target_held(hold, std::chrono::milliseconds(0), std::chrono::milliseconds(30));
    CHECK(ask(server.port(), quick).body == site["one.txt"]);
    CHECK(!readable(held.fd()));
}

} // namespace ringlet::testing
