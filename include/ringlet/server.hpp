// The server: routes, folders, and the threads that serve them.
#pragma once

#include "ringlet/backend_kind.hpp"
#include "ringlet/routes.hpp"
#include "ringlet/server_limits.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringlet {

enum class log_level : std::uint8_t { error, warning, info, debug };

struct run_options {
    /// IPv4 or IPv6, not a name.
    std::string address = "127.0.0.1";
    /// 0: any free one.
    std::uint16_t port = 8080;
    /// ADDRESS:PORT or [IPv6]:PORT; when there are any, they count instead of address and port.
    /// Neither counts when LISTEN_FDS passes sockets to this process (sd_listen_fds(3)).
    std::vector<std::string> listen = {};
    /// Threads, at most 1024; 0: one per core that the process may use.
    unsigned workers = 0;
    /// Connections per worker that wait to be accepted; the kernel caps it at somaxconn.
    int backlog = 4096;
    /// A file, "-" for standard output, empty for none.
    std::string access_log = {};
    /// NAME or NAME:GROUP, and NAME: who the process becomes, for good, once it has bound its
    /// sockets; it has to be root until then. Empty: who it is. Folders are opened before, and have
    /// to be readable afterwards; the access log is opened as that user.
    std::string user = {};
    std::string group = {};
    /// GET /-/healthz is answered with 200, /-/readyz too, but with 503 once the server is to end.
    /// They go before routes, middleware and folders, and are not in the access log.
    bool health = false;
    /// After SIGTERM or SIGINT everything goes on for so long, but for /-/readyz, which is 503: for
    /// load balancers to notice. At most an hour. Not after SIGUSR2.
    std::chrono::seconds drain_delay_s{0};
    log_level level = log_level::info;
    backend_kind backend = backend_kind::automatic;
    server_limits limits = {};
};

namespace test {
class client;
}

/// Set up on one thread; then run() serves until SIGINT or SIGTERM. Its own routes are the group at
/// "/".
class server : public routes {
  public:
    server();
    ~server();
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;

    /// Makes an object that lives as long as the server, for handlers to share; the last made is
    /// destroyed first. Handlers are called from all workers: it brings its own locks, or is only
    /// read.
    template <class T, class... Args>
    T& own(Args&&... args) {
        auto made = std::make_shared<T>(std::forward<Args>(args)...);
        T& kept = *made;
        keep(std::move(made));
        return kept;
    }

    /// The same with one T for each worker, so that no locks are needed.
    template <class T>
    ringlet::per_worker<T>& per_worker(std::function<T()> make = [] { return T(); }) {
        return own<ringlet::per_worker<T>>(std::move(make));
    }

    /// Serves until SIGINT or SIGTERM, then finishes what is in flight. Gives the process's exit
    /// code: 0, or 2 after one line on standard error when it cannot start, for what it was set up
    /// with or for what it found. A second signal ends the process at once.
    ///
    /// SIGHUP opens the access log and the folders anew, by their paths. SIGUSR2 starts the program
    /// anew, by its path and with its arguments, and hands the sockets to it: when it serves, this
    /// one finishes what is in flight and run() returns 0; when it does not come up, this one goes
    /// on. What the program does before run() it does again then, while this one still serves.
    int run(const run_options& options = {});

  private:
    friend class test::client;
    struct impl;
    explicit server(std::unique_ptr<impl> i);
    void keep(std::shared_ptr<void> object);

    std::unique_ptr<impl> impl_;
};

} // namespace ringlet
