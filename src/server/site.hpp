// What is served: routes, folders and media types. Set up once, then only read, by all workers.
#pragma once

#include "files/document_root.hpp"
#include "http/mime.hpp"
#include "server/endpoint.hpp"
#include "server/router.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet {

/// A folder below a path.
struct mount {
    std::string prefix; // without a final slash: "" for the whole site
    files::document_root root;
    files_options options;
    endpoint to;
};

struct site {
    site();
    ~site();

    std::vector<std::shared_ptr<void>> owned; // what handlers refer to
    router routes;
    std::vector<std::unique_ptr<mount>> mounts; // longer prefixes first
    std::deque<endpoint> endpoints;
    std::deque<scope> scopes; // the first is everything
    http::mime_types types;
    std::string allowed; // the methods that something here is answered for

    // --- while it is set up; these note what is wrong instead of throwing ---

    endpoint& add_route(const scope& in, std::string_view method, const std::string& pattern,
                        handler call);
    void add_mount(const scope& in, std::string prefix, const std::string& folder,
                   files_options options);
    scope& add_scope(const scope& outer, std::string prefix);

    /// To be called before it serves; may be called again. Throws std::invalid_argument with the
    /// first thing that is wrong: one line for the operator.
    void finish();

    // --- while it serves ---

    /// The mount that `path` (decoded, absolute) lies in, or nullptr.
    const mount* find_mount(std::string_view path) const noexcept;

    /// The innermost group that `path` lies in.
    const scope& find_scope(std::string_view path) const noexcept;

    /// For a path that no route takes: the middleware of all groups that it lies in, or `from`
    /// itself where there is none.
    const endpoint& find_endpoint(std::string_view path, const mount* from) const noexcept;

  private:
    void note(const std::string& problem);
    void check_middleware();
    void load_system_types();

    std::string problem_;
    bool finished_ = false;
};

} // namespace ringlet
