// Between ringlet and Beast, for programs that ask other servers.
#pragma once

#include <boost/beast/http.hpp>
#include <ringlet/ringlet.hpp>
#include <string>
#include <utility>

namespace example {

namespace http = boost::beast::http;

/// Drops what is said about a connection and not about the message (RFC 9110 section 7.6.1).
inline void drop_hop_by_hop(http::fields& all) {
    std::string named;
    for (auto [f, end] = all.equal_range(http::field::connection); f != end; ++f)
        named.append(f->value()).append(",");
    for (const auto name : http::token_list(named))
        all.erase(name);
    for (const char* name : {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
                             "Transfer-Encoding", "Upgrade"})
        all.erase(name);
}

/// The head of `req` as a proxy sends it on, for one exchange on a connection of its own.
inline http::request<http::buffer_body> pass_on(ringlet::request& req) {
    http::request<http::buffer_body> r;
    r.method_string(req.method());
    r.target(req.target());
    for (const auto& [name, value] : req.fields())
        r.insert(name, value);
    drop_hop_by_hop(r);
    r.erase(http::field::expect); // it has been told to continue when its content is read
    r.insert("X-Forwarded-For", req.peer());
    r.keep_alive(false);
    if (const auto length = req.body().length())
        r.content_length(*length);
    else
        r.chunked(true);
    return r;
}

/// The answer that `parser` has read the head of; `content` writes what follows it.
inline ringlet::response pass_on(http::response_parser<http::buffer_body>& parser,
                                 ringlet::producer content) {
    http::fields& head = parser.get();
    const auto length = parser.content_length();
    const std::string type(head[http::field::content_type]);
    drop_hop_by_hop(head);
    for (const auto name : {http::field::content_type, http::field::content_length,
                            http::field::date, http::field::server}) // ringlet writes them
        head.erase(name);
    ringlet::response r = length ? ringlet::stream(type, *length, std::move(content))
                                 : ringlet::stream(type, std::move(content));
    r.status = parser.get().result_int();
    for (const auto& f : head)
        r.add(f.name_string(), std::string(f.value()));
    return r;
}

/// What a server says whose own request to another one has failed (RFC 9110
/// sections 15.6.3, 15.6.5).
inline ringlet::http_error bad_gateway(const boost::system::system_error& e) {
    const bool late = e.code() == boost::asio::error::timed_out;
    return {late ? 504U : 502U, "The server behind this one: " + e.code().message() + "."};
}

} // namespace example
