// What a response may send instead of a text.
#pragma once

#include "ringlet/response.hpp"
#include "ringlet/tcp_stream.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace ringlet {

class cancellation;
struct mount;

namespace detail {

struct file_content {
    std::string folder; // empty: the path is the program's own, and not confined
    std::string path;
};

/// A file of a served folder, the one that the request asks for.
struct mount_content {
    const mount* from;
};

struct stream_content {
    producer produce;
    std::optional<std::uint64_t> length; // nothing: chunked
    bool endless = false;                // ends with the server
};

/// How a session of another protocol ends with the server.
struct session_end {
    std::function<void()> begin; // the session's: says goodbye, if it knows how
    cancellation& waiting;       // the connection's: ends whatever the session waits for
};

/// Another protocol, on the connection as it is after the head. The session sends the answer, with
/// the fields of the response, which stays until it ends.
struct upgrade_content {
    std::function<awaitable<void>(tcp_stream, session_end&, const response&)> session;
};

struct content {
    std::variant<file_content, mount_content, stream_content, upgrade_content> what;
};

} // namespace detail
} // namespace ringlet
