// Limits that nobody has to change, each with its unit in its name and its reason. The others stand
// in <ringlet/server_limits.hpp>.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ringlet::limits {

// --- the request head ---

/// What server_limits::head_bytes can be at most: places in a head are kept in 16 bits each.
inline constexpr std::size_t head_bytes_most = 65'535;
/// Memory for what is received is kept for the next one who needs it, up to this size of it.
inline constexpr std::size_t spare_input_bytes = 32 * 1024;
/// A longer method is certainly unknown: 501 without waiting for its end (RFC 9112 section 3).
inline constexpr std::size_t method_bytes = 32;
/// Empty lines skipped before a request line (RFC 9112 section 2.2); old clients send one after
/// a body, an endless row of them is an attack.
inline constexpr std::size_t leading_empty_lines = 4;

// --- chunked content (RFC 9112 section 7.1.1: extensions must be bounded) ---

/// Longer extensions of one chunk are refused. Signed uploads use about 100 bytes.
inline constexpr std::size_t chunk_extension_bytes = 1024;
/// All extensions of a body together may have this much more than its content.
inline constexpr std::size_t chunk_extensions_bytes = 16 * 1024;
/// A longer trailer section is refused.
inline constexpr std::size_t trailer_bytes = 8 * 1024;

// --- forms ---

/// A urlencoded form with more fields than this is refused. A field can be as short as two bytes
/// and costs over 64 of memory.
inline constexpr std::size_t form_fields = 1000;
/// The header of one part of a multipart form, and what stands before the first part, are refused
/// when they are longer. Browsers' headers have about 200 bytes and a file name.
inline constexpr std::size_t multipart_head_bytes = 8 * 1024;
/// A multipart form with more parts is refused.
inline constexpr std::size_t multipart_parts = 1000;
/// What is saved of a part is collected up to this size before it is written: each write is a
/// system call, however few bytes a client puts in a chunk.
inline constexpr std::size_t save_block_bytes = 64 * 1024;

// --- ranges (RFC 9110 section 14.2: many small or overlapping ranges are an attack) ---

/// A Range field that names more ranges is ignored: the whole file is sent.
inline constexpr std::size_t ranges_per_request = 16;

// --- content that nobody reads ---

/// The content of a request that is answered without it is read and dropped up to this size, so
/// that the connection can be kept; beyond it the connection is closed.
inline constexpr std::size_t drained_body_bytes = 256 * 1024;

// --- routes ---

/// A pattern with more segments is refused when its route is added. The search for a route goes one
/// call deeper with each.
inline constexpr std::size_t route_segments = 32;

// --- content that a handler reads ---

/// A part of a multipart form that is read as text is 413 when it is longer, unless the handler
/// allows it.
inline constexpr std::uint64_t part_text_bytes = 1024 * 1024;
/// While a handler is busy, what its client sends is taken in up to this size; then TCP holds the
/// client back.
inline constexpr std::size_t ahead_bytes = 16 * 1024;

// --- WebSocket ---

/// A longer message closes the connection (1009).
inline constexpr std::size_t websocket_message_bytes = 1024 * 1024;

// --- time ---

/// After the last answer, for the client to take or to send anything, or to close (RFC 9112 section
/// 9.6). Also, when the server ends, for a request that may be under way on an idle connection.
/// Also for a WebSocket session: to finish its own close when the server ends, and to read when its
/// client has gone, before it is cancelled.
inline constexpr std::chrono::seconds linger_timeout_s{2};
/// For all of that, however much it takes or sends.
inline constexpr std::chrono::seconds linger_most_s{30};
/// After the drain timeout, for what was cut off to be cleared away; then the process ends all the
/// same.
inline constexpr std::chrono::seconds stop_timeout_s{3};

// --- answers ---

/// Answers to pipelined requests are collected up to this size before they are sent. A file that
/// fits is read right behind its head; a larger one is sent in blocks.
inline constexpr std::size_t batch_bytes = 128 * 1024;

/// Larger files are not kept in memory, but read from the system's for each answer, block by block.
inline constexpr std::size_t cached_file_bytes = 1024 * 1024;

// --- what clients may say of themselves ---

/// As much of a request line that is refused goes into the access log; escaped, it is up to four
/// times as long there.
inline constexpr std::size_t logged_line_bytes = 256;

/// A longer X-Request-Id is not taken over: it would go into every line about its request.
inline constexpr std::size_t request_id_bytes = 64;

// --- compression ---

/// Longer content is compressed on the offload pool: this much takes about a millisecond.
inline constexpr std::size_t compress_inline_bytes = 64 * 1024;
/// How far back Brotli looks: 64 KiB. With a window of its own choice (22) a stream holds 9 MB
/// instead of 0.7, for a few hundredths of the size.
inline constexpr int brotli_window_bits = 16;

// --- overload ---

/// What 429 and 503 say in Retry-After, where nobody knows better.
inline constexpr std::uint64_t retry_after_s = 10;
/// What server_limits::turned_away is at most, unless told.
inline constexpr std::uint32_t turned_away = 256;

// --- blocking work (offload) ---

inline constexpr unsigned offload_threads = 8;
/// More calls than this waiting is an overload: whoever comes next is answered with 503.
inline constexpr std::size_t offload_queue = 1024;

} // namespace ringlet::limits
