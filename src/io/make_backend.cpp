#include "io/make_backend.hpp"

#include "io/epoll_backend.hpp"
#include "io/uring_backend.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace ringlet::io {
namespace {

backend_kind kind_in_environment() {
    const char* const set = std::getenv("RINGLET_BACKEND");
    const std::string_view name = set != nullptr ? set : "auto";
    if (name == "auto")
        return backend_kind::automatic;
    if (name == "uring")
        return backend_kind::uring;
    if (name == "epoll")
        return backend_kind::epoll;
    throw std::runtime_error("RINGLET_BACKEND=" + std::string(name) +
                             ": it can be auto, uring or epoll");
}

} // namespace

made_backend make_backend(backend_kind kind, buffer_options options) {
    if (kind == backend_kind::automatic)
        kind = kind_in_environment();
    if (kind == backend_kind::epoll)
        return {make_epoll_backend(options)};
    if (kind == backend_kind::uring)
        return {make_uring_backend(options)};
    try {
        return {make_uring_backend(options)};
    } catch (const std::runtime_error& e) {
        return {make_epoll_backend(options), e.what()};
    }
}

} // namespace ringlet::io
