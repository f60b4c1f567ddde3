// Which request is answered by what.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "ringlet/state.hpp"
#include "ringlet/symlinks.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ringlet {

/// Called for each request of its route, on the worker's thread that has the connection; several
/// run at once. The request lives until its answer is complete. An exception that escapes is an
/// error answer: http_error its own, others a 500 and a line in the log.
using handler = std::function<awaitable<response>(request&)>;

struct files_options {
    symlinks links = symlinks::inside;
    /// Gives the value of Cache-Control for a path, or an empty string for none. Called from all
    /// workers, and not for each answer: what it gave is kept with a small file, for seconds.
    std::function<std::string(std::string_view path)> cache_control = {};
};

struct site;
struct scope;
struct endpoint;

namespace detail {

template <class... State>
using function = awaitable<response> (*)(request&, State&...);

/// A handler that is given `state` by reference besides the request.
template <class F, class... State>
handler with_state(F f, State&... state) {
    if constexpr (sizeof...(State) == 0)
        return handler(std::move(f));
    else
        return [f = std::move(f), all = std::tuple<State&...>(state...)](request& req) {
            return std::apply([&](State&... s) { return f(req, local(s)...); }, all);
        };
}

} // namespace detail

/// A route that has been added.
class route {
  public:
    explicit route(endpoint& e) noexcept : endpoint_(&e) {}

    /// Wraps this route alone, inside whatever wraps its group.
    route& use(middleware m);

  private:
    endpoint* endpoint_;
};

/// Routes below a common prefix. A pattern is made of literal segments, `{name}` for one segment
/// and, at its end, `{name...}` for the rest of the path, slashes and all. At each segment a
/// literal wins over `{name}`, and that over `{name...}`, in whatever order they were added. GET
/// answers HEAD too; a path that is there, but not for the method, is 405 with Allow.
///
/// A handler is a function of the request, and of whatever objects are named behind it, by
/// reference:
///
///     awaitable<response> list(request& req, store& notes);
///     app.get("/notes", list, notes);
///
/// Objects must outlive the server (server::own() makes such); a per_worker<T> is handed over as
/// the worker's own T&.
///
/// What is wrong with a route (malformed, or in conflict with another) is told by server::run().
/// Copies are handles to the same group; they are good as long as the server.
class routes {
  public:
    template <class F, class... State>
    route get(std::string pattern, F f, State&... state) {
        return on("GET", std::move(pattern), detail::with_state(std::move(f), state...));
    }
    template <class F, class... State>
    route post(std::string pattern, F f, State&... state) {
        return on("POST", std::move(pattern), detail::with_state(std::move(f), state...));
    }
    template <class F, class... State>
    route put(std::string pattern, F f, State&... state) {
        return on("PUT", std::move(pattern), detail::with_state(std::move(f), state...));
    }
    template <class F, class... State>
    route patch(std::string pattern, F f, State&... state) {
        return on("PATCH", std::move(pattern), detail::with_state(std::move(f), state...));
    }
    template <class F, class... State>
    route del(std::string pattern, F f, State&... state) {
        return on("DELETE", std::move(pattern), detail::with_state(std::move(f), state...));
    }

    // A function's name is enough, even where another function, such as one of ringlet's, shares
    // it.
    template <class... State>
    route get(std::string pattern, detail::function<State...> f, State&... state) {
        return on("GET", std::move(pattern), detail::with_state(f, state...));
    }
    template <class... State>
    route post(std::string pattern, detail::function<State...> f, State&... state) {
        return on("POST", std::move(pattern), detail::with_state(f, state...));
    }
    template <class... State>
    route put(std::string pattern, detail::function<State...> f, State&... state) {
        return on("PUT", std::move(pattern), detail::with_state(f, state...));
    }
    template <class... State>
    route patch(std::string pattern, detail::function<State...> f, State&... state) {
        return on("PATCH", std::move(pattern), detail::with_state(f, state...));
    }
    template <class... State>
    route del(std::string pattern, detail::function<State...> f, State&... state) {
        return on("DELETE", std::move(pattern), detail::with_state(f, state...));
    }

    /// The same for any method that is known here, such as "OPTIONS" or "REPORT".
    route on(std::string_view method, std::string pattern, handler h);

    /// Serves the files of `folder` below `prefix` ("/" or "/some/path"). Routes win over files,
    /// longer prefixes over shorter.
    routes& files(std::string prefix, const std::string& folder, files_options options = {});

    /// Wraps this group's routes and groups, whether added before or after, and all files and
    /// missing pages below its prefix; the outer groups' middleware outside, the first added
    /// outermost.
    routes& use(middleware m);

    /// Routes below `prefix`, which begins with '/'.
    routes group(std::string prefix);

  protected:
    routes(site& s, scope& in) noexcept : site_(&s), scope_(&in) {}

  private:
    site* site_;
    scope* scope_;
};

} // namespace ringlet
