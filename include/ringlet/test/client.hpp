// Runs an app in the calling process, for tests of its handlers.
#pragma once

#include "ringlet/server.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet::test {

using field_list = std::vector<std::pair<std::string, std::string>>;

struct question {
    std::string method = "GET";
    std::string target = "/";
    field_list fields = {};
    std::string body = {};
};

struct answer {
    unsigned status = 0; // 0: the connection ended without an answer
    field_list fields;
    std::string body;      // without its transfer coding
    bool complete = false; // false: cut off

    /// The value of the first field of that name, in any case; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
};

/// Asks an app in memory: no socket, no port, no thread, and no waiting, for time is virtual: a
/// sleep passes at once, and elapsed() tells how long it would have been. The whole server is real:
/// parsing, routing, middleware, files, limits.
///
///     test::client client(app);
///     CHECK(client.get("/hello/world").body == "hello, world\n");
///
/// Time passes really while offloaded work or Asio's own timers and sockets are waited for.
/// connect() finds no network here.
class client {
  public:
    /// Throws std::invalid_argument for what is wrong with the app's set-up. `app` must outlive the
    /// client and is not changed while there is one. Of `limits`, those of single connections and
    /// requests count.
    explicit client(server& app, const server_limits& limits = {});
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Each on a connection of its own, to the end of the answer: one that has no end is for
    /// leave_after(). A handler that never answers is 503 after handler_timeout_s.
    answer get(std::string target, field_list fields = {});
    answer post(std::string target, std::string body, field_list fields = {});
    answer send(const question& q);

    /// Sends `bytes` as they are and gives all that comes back until the server closes or has
    /// nothing left to do.
    std::string send_raw(std::string_view bytes);

    /// Sends `q`, lets the app run for `length` of virtual time, and leaves; gives what has come by
    /// then. The handler is cancelled, as when a real client goes away.
    std::string leave_after(const question& q, std::chrono::steady_clock::duration length);

    /// The virtual time that the last of these took.
    std::chrono::steady_clock::duration elapsed() const noexcept;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace ringlet::test
