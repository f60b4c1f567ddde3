#include "ringlet/server.hpp"

#include "server/log.hpp"
#include "server/site.hpp"
#include "server/supervisor.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

constexpr int exit_cannot_start = 2;

void check(const run_options& options) {
    if (options.workers > 1024)
        throw std::invalid_argument("workers " + std::to_string(options.workers) +
                                    " is out of range; 0 (one per core) to 1024");
    if (options.backlog < 1)
        throw std::invalid_argument("backlog " + std::to_string(options.backlog) +
                                    " is out of range; at least 1");
}

} // namespace

struct server::impl {
    site what;
};

server::server() : impl_(std::make_unique<impl>()) {}
server::~server() = default;
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;

server& server::get(std::string pattern, handler h) {
    impl_->what.add_route(http::verb::get, std::move(pattern), std::move(h));
    return *this;
}

server& server::files(std::string prefix, const std::string& folder, files_options options) {
    impl_->what.add_mount(std::move(prefix), folder, std::move(options));
    return *this;
}

int server::run(const run_options& options) {
    set_log_level(options.level);
    try {
        check(options);
        impl_->what.load_system_types();
        return serve_until_signalled(impl_->what, options);
    } catch (const std::exception& e) {
        log(log_level::error, e.what());
        return exit_cannot_start;
    }
}

} // namespace ringlet
