#include "server/site.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ringlet {
namespace {

bool lies_in(std::string_view path, std::string_view prefix) noexcept {
    return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

} // namespace

void site::add_route(http::verb method, std::string pattern, handler call) {
    if (!call)
        throw std::invalid_argument("route '" + pattern + "' has no handler");
    endpoints.push_back({std::move(call)});
    routes.add(method, std::move(pattern), endpoints.back());
}

void site::add_mount(std::string prefix, const std::string& folder, files_options options) {
    if (!prefix.starts_with('/'))
        throw std::invalid_argument("files prefix '" + prefix + "' does not begin with '/'");
    while (prefix.ends_with('/'))
        prefix.pop_back();
    for (const mount& m : mounts)
        if (m.prefix == prefix)
            throw std::invalid_argument("files prefix '" + prefix + "/' is taken already");
    const auto place = std::find_if(mounts.begin(), mounts.end(), [&](const mount& m) {
        return m.prefix.size() < prefix.size();
    });
    mounts.insert(place,
                  mount{std::move(prefix), files::document_root(folder), std::move(options)});
}

const mount* site::find_mount(std::string_view path) const noexcept {
    for (const mount& m : mounts)
        if (lies_in(path, m.prefix))
            return &m;
    return nullptr;
}

void site::load_system_types() {
    std::ifstream file("/etc/mime.types", std::ios::binary);
    if (file)
        types.load(std::string(std::istreambuf_iterator<char>(file), {}));
}

} // namespace ringlet
