// Routes and requests written as lines: "GET /a/{b}", "GET /a/x".
#pragma once

#include "server/endpoint.hpp"
#include "server/router.hpp"
#include "support/catch.hpp"

#include <deque>
#include <string>
#include <vector>

namespace ringlet::testing {

// "GET /a" as a route or a request.
struct line {
    http::verb method;
    std::string path;

    explicit line(const std::string& text)
        : method(boost::beast::http::string_to_verb(text.substr(0, text.find(' ')))),
          path(text.substr(text.find(' ') + 1)) {}
};

// Routes that are told from each other by where they lead.
struct route_set {
    route_set() = default;
    explicit route_set(const std::vector<std::string>& lines) {
        for (const std::string& text : lines)
            add(text);
    }

    void add(const std::string& text) {
        if (where.size() == added.size()) // else one is left from a route that was refused
            where.emplace_back();
        const line l(text);
        all.add(l.method, l.path, where.back());
        added.push_back(text);
    }

    // The route that `e` was given to.
    std::string route_of(const endpoint* e) const {
        for (std::size_t i = 0; i < added.size(); ++i)
            if (&where[i] == e)
                return added[i];
        return "none";
    }

    router::match find(const std::string& request) {
        asked = line(request).path; // the params are views into it
        return all.find(line(request).method, asked, params);
    }

    // What becomes of a request: "GET /{a} a=x", "405 GET, HEAD" or "404".
    std::string operator()(const std::string& request) {
        const router::match m = find(request);
        std::string outcome = route_of(m.what);
        for (const auto& [name, value] : params)
            outcome.append(" ").append(name).append("=").append(value);
        if (m.what != nullptr)
            return outcome;
        CHECK(params.empty());
        CHECK(m.path_known == (m.other != nullptr));
        CHECK(m.path_known == !all.allowed(asked).empty());
        return m.path_known ? "405 " + all.allowed(asked) : "404";
    }

    std::vector<std::string> added;
    std::deque<endpoint> where; // of those in `added`, in the same order
    router all;
    path_params params;
    std::string asked;
};

} // namespace ringlet::testing
