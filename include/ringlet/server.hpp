// The server: routes, folders, and the threads that serve them.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet {

/// Called for each request of its route, on the worker's thread that has the connection; several
/// run at once. The request lives until the coroutine ends. An exception that escapes is a 500 and
/// a line in the log.
using handler = std::function<awaitable<response>(request&)>;

enum class log_level : std::uint8_t { error, warning, info, debug };

struct run_options {
    /// IPv4 or IPv6, not a name.
    std::string address = "127.0.0.1";
    /// 0: any free one.
    std::uint16_t port = 8080;
    /// ADDRESS:PORT or [IPv6]:PORT; when there are any, they count instead of address and port.
    std::vector<std::string> listen;
    /// Threads, at most 1024; 0: one per core that the process may use.
    unsigned workers = 0;
    /// Connections per worker that wait to be accepted; the kernel caps it at somaxconn.
    int backlog = 4096;
    /// A file, "-" for standard output, empty for none.
    std::string access_log;
    log_level level = log_level::info;
};

struct files_options {
    /// Gives the value of Cache-Control for a path, or an empty string for none. Called from all
    /// workers.
    std::function<std::string(std::string_view path)> cache_control;
};

/// Set up on one thread; then run() serves until SIGINT or SIGTERM.
class server {
  public:
    server();
    ~server();
    server(server&&) noexcept;
    server& operator=(server&&) noexcept;

    /// Answers GET and HEAD for `pattern`: literal segments and `{name}`, which stands for one
    /// segment. Literal segments win over names. Throws std::invalid_argument for a malformed
    /// pattern or one that is there already.
    server& get(std::string pattern, handler h);

    /// Serves the files of `folder` below `prefix` ("/" or "/some/path"); routes win over files,
    /// longer prefixes over shorter. Throws std::runtime_error, with one line for the operator,
    /// when the folder cannot be served.
    server& files(std::string prefix, const std::string& folder, files_options options = {});

    /// Serves until SIGINT or SIGTERM, then finishes what is in flight. Gives the process's exit
    /// code: 0, or 2 after one line on standard error when it cannot start. A second signal ends
    /// the process at once.
    int run(const run_options& options = {});

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace ringlet
