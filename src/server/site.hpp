// What is served: routes, folders and media types. Set up once, then only read, by all workers.
#pragma once

#include "files/document_root.hpp"
#include "http/mime.hpp"
#include "server/endpoint.hpp"
#include "server/router.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet {

/// A folder below a path.
struct mount {
    std::string prefix; // without a final slash: "" for the whole site
    files::document_root root;
    files_options options;
};

struct site {
    router routes;
    std::deque<endpoint> endpoints; // of the routes; a deque, for they stay where they are
    std::vector<mount> mounts;      // longer prefixes first
    http::mime_types types;

    /// Throws std::invalid_argument with one line that names the pattern.
    void add_route(http::verb method, std::string pattern, handler call);

    /// Throws std::invalid_argument or std::runtime_error with one line for the operator.
    void add_mount(std::string prefix, const std::string& folder, files_options options);

    /// The mount that `path` (decoded, absolute) lies in, or nullptr.
    const mount* find_mount(std::string_view path) const noexcept;

    /// Adds what the distribution knows about media types, if it does.
    void load_system_types();
};

} // namespace ringlet
