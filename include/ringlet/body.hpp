// The content of a request.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/request.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet {

/// Names and values, decoded, in the order in which they came.
class form {
  public:
    using list = std::vector<std::pair<std::string, std::string>>;
    explicit form(list fields) noexcept : fields_(std::move(fields)) {}

    /// The first value of that name, or nullptr.
    const std::string* find(std::string_view name) const noexcept;
    /// The same; throws http_error 400 when there is none.
    const std::string& at(std::string_view name) const;

    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }
    std::size_t size() const noexcept { return fields_.size(); }

  private:
    list fields_;
};

/// What request::body() gives: a handle, valid as long as the request. Content-Length and chunked
/// look the same here. A client that waits for 100 Continue (RFC 9110 section 10.1.1) is sent it
/// when the content is first asked for. What a handler leaves unread is skipped, or the connection
/// closed.
///
/// All of these throw http_error: 413 beyond the limit, 408 when nothing comes for
/// server_limits::body_timeout_s, 400 when it is malformed; and boost::system::system_error when
/// the client has gone. One at a time, and each byte is given once.
class body {
  public:
    explicit body(request::data& d) noexcept : data_(&d) {}

    /// How much content is taken at most, in bytes; server_limits::body_bytes unless told. Before
    /// the first piece.
    body& limit(std::uint64_t bytes) noexcept;

    /// The next piece as it arrives, valid until the next call; empty at the end:
    ///
    ///     for (;;) {
    ///         const auto piece = co_await req.body().next();
    ///         if (piece.empty())
    ///             break;
    ///         ...
    ///     }
    awaitable<std::string_view> next();

    /// All of it.
    awaitable<std::string> text();
    awaitable<std::string> text(std::uint64_t limit_bytes);

    /// All of it, parsed (RFC 8259); 415 when Content-Type says that it is something else, 400 for
    /// a number that is too large for a double. The caller includes <boost/json.hpp>.
    awaitable<boost::json::value> json();

    /// All of it, from an HTML form (application/x-www-form-urlencoded); 415 when Content-Type says
    /// that it is something else.
    awaitable<ringlet::form> form();

    /// What Content-Length says; nothing when it is chunked.
    std::optional<std::uint64_t> length() const noexcept;

  private:
    request::data* data_;
};

/// One file or field of an uploaded form.
struct part {
    std::string name;
    std::optional<std::string> filename; // the last component of what the client says
    std::string content_type;
};

/// Reads multipart/form-data (RFC 7578) as it arrives, in pieces. Throws as body does; the
/// constructor throws http_error 415 when the request has something else.
///
///     multipart upload(req);
///     for (;;) {
///         const auto p = co_await upload.next();
///         if (!p)
///             break;
///         if (p->filename)
///             co_await upload.save(folder + "/" + name_of_my_own);
///     }
class multipart {
  public:
    explicit multipart(request& req);
    ~multipart();
    multipart(const multipart&) = delete;
    multipart& operator=(const multipart&) = delete;

    /// The next part, whatever is left of the one before; nothing at the end.
    awaitable<std::optional<part>> next();

    /// The next piece of the part, valid until the next call; empty at its end.
    awaitable<std::string_view> data();

    /// All that is left of the part; http_error 413 when that is more.
    awaitable<std::string> text(std::uint64_t limit_bytes = limits::part_text_bytes);

    /// Writes what is left of the part to a new file and gives its size. Throws
    /// boost::system::system_error, file_exists among others; the file is removed when it fails.
    /// `path` is the program's own: a client's filename is no part of it.
    awaitable<std::uint64_t> save(std::string path);

  private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace ringlet
