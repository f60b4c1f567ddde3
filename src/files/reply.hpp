// The answer to a request for a file: which head, and which bytes of the file.
#pragma once

#include "files/representation.hpp"
#include "http/range.hpp"
#include "http/request_head.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet::files {

/// What goes into every head of this server, and what is known beside the file.
struct reply_context {
    std::string_view common_fields; // whole field lines: Server, Date
    std::string_view connection;    // value of Connection; empty for none
    std::string_view content_type;  // of the file before any coding
    std::string_view cache_control; // value of Cache-Control; empty for none
    std::int64_t now_s = 0;         // Unix time
    std::uint64_t random = 0;       // for the boundary of a multipart body
};

/// Text, then bytes of the file.
struct piece {
    std::string text;
    std::optional<http::byte_range> range;
};

using reply_body = boost::container::small_vector<piece, 1>; // more for several ranges

struct reply {
    http::status status = http::status::ok;
    reply_body body;
};

/// The file is from before `now_s` (Unix time), else what is empty.
lasting_head make_lasting_head(const open_file& file, http::coding coding,
                               std::string_view content_type, std::string_view cache_control,
                               std::int64_t now_s);

/// Whether the request asks for ranges.
bool may_be_partial(const http::request_head& head) noexcept;

/// Appends the head to `out`. Decides by method, preconditions (RFC 9110 section 13.2.2) and Range
/// (section 14): 200, 206, 304, 412 or 416; the last two have a page instead of the file. Does no
/// I/O.
reply make_reply(std::string& out, const http::request_head& head, const open_file& file,
                 http::coding coding, const reply_context& about);

} // namespace ringlet::files
