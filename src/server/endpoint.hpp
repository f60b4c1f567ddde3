// What a request leads to: a handler or a folder, and what is wrapped around it.
#pragma once

#include "ringlet/routes.hpp"

#include <string>
#include <vector>

namespace ringlet {

struct mount;
struct scope;

struct endpoint {
    handler call;
    const scope* in = nullptr;
    const mount* files = nullptr;            // a folder's, without a handler in between
    std::vector<middleware> own;             // of this route alone
    std::vector<const middleware*> around{}; // all, outermost first; set by site::finish()
};

/// A group of routes, with what its middleware sees beside them: requests that lead nowhere.
struct scope {
    std::string prefix; // without a final slash: "" for everything
    const scope* outer = nullptr;
    std::vector<middleware> wraps{};
    endpoint nowhere{};
};

} // namespace ringlet
