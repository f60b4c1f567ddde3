// The syntax of a request head (RFC 9112 sections 2 to 6), checked more strictly than Beast does.
#pragma once

#include "http/outcome.hpp"
#include "http/request_head.hpp"

#include <string_view>

namespace ringlet::http {

/// Parses the request head at the beginning of `input`, and nothing behind its empty line. Keeps
/// no state: when the result is partial, call again with the same bytes and more behind them. A
/// prefix of a good head is partial; input that is bad stays bad whatever follows.
///
/// `head` is meaningful only when complete, and its views point into `input`. (When the answer is
/// 417 or 501 it is whole too: only that status was missing.) After `bad` nobody knows where the
/// next request begins: answer and close the connection.
parse_result parse_request_head(std::string_view input, request_head& head);

} // namespace ringlet::http
