// What a handler answers.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/media_type.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet {

namespace detail {
struct content;
} // namespace detail

/// What belongs to the connection and its framing (Content-Length, Transfer-Encoding, Connection,
/// Keep-Alive, Upgrade, Trailer), and Date and Server, are the server's to write. HEAD is answered
/// with the same head and no content. Made by the functions below, then changed at will:
///
///     response r = text("hello");
///     r.set("Cache-Control", "no-store");
///     co_return r;
struct response {
    unsigned status = 200; // RFC 9110 section 15; 200 to 599
    media_type content_type;
    std::string body;
    /// Further fields, in order; a name may occur several times. Names must be tokens and values
    /// free of CR, LF and NUL; else, and for the server's own fields and Content-Type, the answer
    /// becomes a 500.
    std::vector<std::pair<std::string, std::string>> fields = {};
    /// What is sent instead of `body`: a file, a stream, another protocol.
    std::shared_ptr<detail::content> content = nullptr;

    /// The one field of that name, in any case, whatever there was before.
    response& set(std::string_view name, std::string value);
    /// One more field.
    response& add(std::string_view name, std::string value);
    /// The value of the first field of that name, in any case; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
};

/// text/plain in UTF-8.
inline response text(std::string body) {
    return {200, "text/plain; charset=utf-8", std::move(body)};
}

/// text/html in UTF-8.
inline response html(std::string body) {
    return {200, "text/html; charset=utf-8", std::move(body)};
}

/// No content, only a status: 204 unless told.
inline response status(unsigned code = 204) {
    return {code, {}, {}};
}

/// To another place (RFC 9110 section 15.4): 302, or 301, 303, 307, 308. `to` is a URI reference,
/// percent-encoded; CR and LF in it make the answer a 500. Throws std::invalid_argument for any
/// other status.
response redirect(std::string to, unsigned status = 302);

/// A file, with all that files of a served folder have: ranges, preconditions, its type by its
/// name (unless content_type is set), and neighbours that end in `.br`, `.zst` or `.gz`. The status
/// is the server's to decide; 404 when there is no such file. The path is the program's own: never
/// build it from what a client sent.
response file(std::string path);

/// The same beneath `folder`, for a `path` that may come from a client: nothing outside is reached,
/// symbolic links included, and dotfiles are hidden. `path` is decoded, as param() gives it.
response file_in(std::string folder, std::string_view path);

/// Where the content of a stream goes.
class writer {
  public:
    /// Sends `chunk`; suspends until the client's side has room for it, so that a slow client slows
    /// the handler down and no memory fills. An empty chunk sends nothing. Throws
    /// boost::system::system_error when the client has gone or takes nothing for
    /// server_limits::send_timeout_s. One write at a time: a second one throws std::logic_error.
    virtual awaitable<void> write(std::string_view chunk) = 0;

  protected:
    ~writer() = default;
};

/// Called once the head has been sent. The request is still there; who reads its content here takes
/// the first piece before, in the handler. When it throws, the client sees that the content is
/// incomplete.
using producer = std::function<awaitable<void>(writer&)>;

/// Content of unknown length, written piece by piece: chunked, or to the connection's end for
/// HTTP/1.0. Not called for HEAD.
response stream(media_type type, producer content);

/// The same where the length is known: it becomes Content-Length. Writing more throws
/// std::length_error, writing less cuts the connection, for it would look complete.
response stream(media_type type, std::uint64_t length, producer content);

/// Server-sent events (WHATWG HTML section 9.2).
class event_writer {
  public:
    explicit event_writer(writer& out) noexcept : out_(out) {}

    /// One event; `data` may have several lines. Throws std::invalid_argument for a line break in
    /// `name` or `id`, and what writer::write throws.
    awaitable<void> send(std::string_view data, std::string_view name = {},
                         std::string_view id = {});

    /// Nothing for the page, but something for proxies that cut idle connections.
    awaitable<void> keep_alive();

  private:
    writer& out_;
};

/// 200 with text/event-stream and Cache-Control: no-store. When the server ends, so does the
/// stream.
response events(std::function<awaitable<void>(event_writer&)> source);

} // namespace ringlet
