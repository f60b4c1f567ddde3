// The request target (RFC 9112 section 3.2) and the path in it.
#pragma once

#include "http/types.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringlet::http {

/// Views into the target it was split from.
struct target_view {
    std::string_view authority; // host[:port] of the absolute and authority forms, else empty
    std::string_view path;      // raw, beginning with '/'; empty for `*` and the authority form
    std::string_view query;     // without the '?'
    bool has_query = false;     // "/a?" has an empty one
    bool asterisk = false;
    bool secure = false; // of scheme https
};

/// Splits a target of a form that `method` takes: `*` is for OPTIONS only, host:port for CONNECT
/// and for nothing else; all others take "/path" and "http(s)://host/path". Nothing when the
/// form does not fit or its authority is malformed (user information counts as that). The bytes
/// of path and query are the parser's to check.
std::optional<target_view> split_target(std::string_view target, verb method);

/// Whether `s` is uri-host [":" port] with a host that is not empty (RFC 9110 section 7.2): a
/// registered name, an IPv4 address or an [IPv6] address. Narrower than RFC 3986's reg-name where
/// no DNS name can be meant: empty labels, and a last label that is a number unless the whole is an
/// IPv4 address (resolvers guess differently at "1.2.3").
bool is_authority(std::string_view s) noexcept;

/// Replaces `out` by the decoded, normalised form of a raw path: percent-decoded once, runs of
/// slashes made one, dot segments removed (RFC 3986 section 5.2.4). The result begins with '/',
/// and ends with '/' when the path did or when its last segment was a dot segment.
///
/// status::ok; or, with `out` unspecified, status::bad_request for a malformed escape, for %00 (it
/// would end the name early in the kernel), and for a ".." that climbs above the root; or
/// status::not_found for %2f, which is well-formed, but part of no name here: decoded it would
/// change the segments after they were told apart. Every other byte, control characters and
/// backslash included, is an ordinary one in a Linux file name: whoever prints the path must
/// escape it.
status decode_path(std::string_view raw, std::string& out);

/// Whether any segment begins with a dot, except a first segment ".well-known" (RFC 8615).
bool is_hidden(std::string_view decoded_path) noexcept;

/// Replaces `out` by the path as it may stand in a Location field: everything but the path
/// characters of RFC 3986 is percent-encoded. Begins with exactly one '/': with two a client
/// would take the first segment for a host.
void encode_path(std::string_view decoded, std::string& out);

} // namespace ringlet::http
