// Which endpoint a request belongs to, by its method and the segments of its path.
#pragma once

#include "http/types.hpp"

#include <boost/container/flat_map.hpp>
#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet {

struct endpoint; // what a route leads to; the router only passes it on

/// Name and value, in the order of the pattern; views into the route and the path. Never more than
/// limits::route_segments.
using path_params =
    boost::container::small_vector<std::pair<std::string_view, std::string_view>, 2>;

/// Filled once, then only read, by any number of threads.
///
/// A pattern is '/' and segments with '/' between them. A segment is literal text, decoded as the
/// path is; or `{name}`, which takes one segment that is not empty; or, as the last one,
/// `{rest...}`, which takes what remains, with its slashes, and may be empty. Names consist of
/// letters, digits, '_' and '-'. A final slash counts: "/a" and "/a/" are two patterns, and
/// "/a/{rest...}" takes the second only.
///
/// When several routes take a request, the first segment in which they differ decides, whatever the
/// order of add(): literal before `{name}` before `{rest...}`. The method is part of the request: a
/// route with another method stands in nobody's way.
class router {
  public:
    /// `what` must outlive the router. Throws std::invalid_argument, with one line that names the
    /// pattern, when it is malformed, has more than limits::route_segments segments or can take no
    /// path, and when there is a route for the same requests already: then it names both.
    void add(http::verb method, std::string pattern, const endpoint& what);

    bool empty() const noexcept { return methods_ == 0; }

    struct match {
        const endpoint* what = nullptr;  // null: no route takes the request
        bool path_known = false;         // then: some route takes the path with another method
        const endpoint* other = nullptr; // then: where the first of those leads
    };

    /// `path` is decoded, without dot segments, and begins with '/'. A HEAD that has no route of
    /// its own at a pattern belongs to the GET there (RFC 9110 section 9.3.2). `params` are the
    /// match's, and empty when there is none; up to two of them cost no allocation.
    match find(http::verb method, std::string_view path, path_params& params) const;

    /// The value of Allow for `path` (RFC 9110 section 10.2.1): the methods that find() has an
    /// endpoint for, such as "GET, HEAD, POST, OPTIONS", in the order of http::verb, and OPTIONS.
    /// Empty when no route takes the path.
    std::string allowed(std::string_view path) const;

    /// The same for the server as a whole, which may have `files` besides.
    std::string allowed_somewhere(bool files) const;

  private:
    struct route {
        http::verb method;
        std::string pattern;
        std::vector<std::string> names; // of the params, in order
        const endpoint* what;
    };
    using leaf = std::vector<route>; // the routes that differ in nothing but the method, by method

    struct node {
        boost::container::flat_map<std::string, std::unique_ptr<node>, std::less<>> literals;
        std::unique_ptr<node> name;
        leaf here; // for paths that end here
        leaf rest; // for whatever follows
    };

    struct search;

    leaf& leaf_of(std::string_view pattern);

    node root_;                 // before the first '/'
    std::uint64_t methods_ = 0; // of all routes, as bits
};

} // namespace ringlet
