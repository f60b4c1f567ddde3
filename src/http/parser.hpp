// The syntax of a request head (RFC 9112 sections 2 to 6), with no leniency that the RFC leaves
// open.
#pragma once

#include "http/outcome.hpp"
#include "http/request_head.hpp"
#include "ringlet/server_limits.hpp"

#include <string_view>

namespace ringlet::http {

inline constexpr server_limits default_limits{};

/// Parses the request head at the beginning of `input`, and nothing behind its empty line. Keeps
/// no state: when the result is partial, call again with the same bytes and more behind them. A
/// prefix of a good head is partial; input that is bad stays bad whatever follows.
///
/// `head` is meaningful only when complete, and its views point into `input`. (When the answer is
/// 417 or 501 it is whole too: only that status was missing.) After `bad` nobody knows where the
/// next request begins: answer and close the connection.
/// `most` outlives the call, and is within what server_limits allows.
parse_result parse_request_head(std::string_view input, request_head& head,
                                const server_limits& most = default_limits);

} // namespace ringlet::http
