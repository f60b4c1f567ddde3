// Coroutines around handlers.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ringlet {

struct endpoint;

/// The rest of the way to a handler. What it gives is always a response: exceptions have become
/// error answers by then (but for the end of a request whose client has gone).
class next_handler {
  public:
    next_handler(const endpoint& to, std::size_t at) noexcept : to_(&to), at_(at) {}
    awaitable<response> operator()(request& req) const;

  private:
    const endpoint* to_;
    std::size_t at_;
};

/// Around the next handler: before it, after it, instead of it.
///
///     awaitable<response> no_store(request& req, next_handler next) {
///         response r = co_await next(req);
///         r.set("Cache-Control", "no-store");
///         co_return r;
///     }
///
/// Runs for the routes of the group it is used in, and for files and what is not found below the
/// group's path, whoever serves them. Called from all workers.
using middleware = std::function<awaitable<response>(request&, next_handler)>;

/// X-Request-Id on every answer: the client's own, when `trust_client` and it is a token of at most
/// 64 characters, else request::id().
middleware request_id(bool trust_client = false);

struct cors_options {
    /// Origins that are let in, such as "https://example.org"; "*" for all.
    std::vector<std::string> origins = {"*"};
    std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    /// Request fields that scripts may set; empty: those that they ask for.
    std::vector<std::string> fields = {};
    /// Response fields that scripts may read.
    std::vector<std::string> exposed = {};
    /// Cookies and authentication; not together with "*" (std::invalid_argument).
    bool credentials = false;
    /// How long a browser may remember the answer to a preflight.
    std::chrono::seconds max_age{600};
};

/// Cross-origin requests as the Fetch standard has them; answers preflights itself.
middleware cors(cors_options options = {});

struct security_options {
    std::string content_security_policy = "default-src 'self'";
    std::string referrer_policy = "strict-origin-when-cross-origin";
    std::string frame_options = "DENY";
    /// Strict-Transport-Security; only where everything is behind TLS.
    std::string transport_security = {};
};

/// Fields that tell browsers to be careful, and X-Content-Type-Options: nosniff. An empty option
/// leaves its field out; a field that the handler has set stays.
middleware security_headers(security_options options = {});

/// HTTP Basic authentication (RFC 7617), so only behind TLS. `users` are names and password hashes
/// as crypt(3) makes them (`openssl passwd -6`, `mkpasswd`, `htpasswd -B`); the hash is computed on
/// the offload pool and compared in constant time. attached<authenticated_user>() tells handlers
/// who it is. Throws std::invalid_argument for a hash of no known kind, for a name with a colon,
/// which could never be given, for no users at all, and for control characters in the realm, which
/// browsers show.
middleware basic_auth(std::string realm, std::vector<std::pair<std::string, std::string>> users);

struct authenticated_user {
    std::string name;
};

/// Server-Timing: how long the handler took.
middleware server_timing();

struct compress_options {
    /// Smaller texts are sent as they are, in bytes.
    std::size_t least_bytes = 1024;
    int gzip_level = 5;   // 1 to 9
    int brotli_level = 4; // 0 to 11
};

/// br or gzip for texts and streams, when the client accepts it and the type is worth it. Streams
/// are flushed with each write. Files are left alone: they have their own neighbours. Throws
/// std::invalid_argument for a level that is out of range.
middleware compress(compress_options options = {});

/// Gives up when there is no response after `length`: the handler is cancelled, and the client
/// told so with `status` (503, or 504 where the handler waits for another server). A stream has
/// begun by then, and is not cut. Throws std::invalid_argument for a status that is no error and
/// for a length that is not above zero.
middleware deadline(std::chrono::steady_clock::duration length, unsigned status = 503);

} // namespace ringlet
