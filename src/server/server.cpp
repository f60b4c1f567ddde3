#include "ringlet/server.hpp"

#include "ringlet/limits.hpp"
#include "server/log.hpp"
#include "server/server_impl.hpp"
#include "server/supervisor.hpp"

#include <cstdint>
#include <stdexcept>

namespace ringlet {
namespace {

constexpr int exit_cannot_start = 2;

void check(const char* name, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
    if (value < least || value > most)
        throw std::invalid_argument(std::string(name) + ' ' + std::to_string(value) +
                                    " is out of range; " + std::to_string(least) + " to " +
                                    std::to_string(most));
}

void check(const run_options& options) {
    if (options.workers > 1024)
        throw std::invalid_argument("workers " + std::to_string(options.workers) +
                                    " is out of range; 0 (one per core) to 1024");
    if (options.backlog < 1)
        throw std::invalid_argument("backlog " + std::to_string(options.backlog) +
                                    " is out of range; at least 1");
    if (options.drain_delay_s < std::chrono::seconds(0) ||
        options.drain_delay_s > std::chrono::hours(1))
        throw std::invalid_argument("drain_delay_s " +
                                    std::to_string(options.drain_delay_s.count()) +
                                    " is out of range; 0 to 3600");
    check(options.limits);
}

} // namespace

void check(const server_limits& l) {
    for (const auto time :
         {l.head_timeout_s, l.idle_timeout_s, l.body_timeout_s, l.handler_timeout_s,
          l.send_timeout_s, l.drain_timeout_s, l.restart_timeout_s})
        if (time < std::chrono::seconds(1) || time > std::chrono::days(1))
            throw std::invalid_argument("a timeout of " + std::to_string(time.count()) +
                                        " s is out of range; 1 s to a day");
    check("head_bytes", l.head_bytes, 1024, limits::head_bytes_most);
    check("head_fields", l.head_fields, 1, 10'000);
    check("target_bytes", l.target_bytes, 16, limits::head_bytes_most);
    if (l.buffer_bytes != 0)
        check("buffer_bytes", l.buffer_bytes, 1024 * 1024, UINT64_MAX);
    check("requests_per_s_per_client", l.requests_per_s_per_client, 0, 1'000'000);
    check("request_burst_per_client", l.request_burst_per_client, 0, 100'000'000);
    check("requests_per_connection", l.requests_per_connection, 1, UINT32_MAX);
}

server::server() : server(std::make_unique<impl>()) {}
server::server(std::unique_ptr<impl> i)
    : routes(i->what, i->what.scopes.front()), impl_(std::move(i)) {}
server::~server() = default;
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;

void server::keep(std::shared_ptr<void> object) {
    impl_->what.owned.push_back(std::move(object));
}

int server::run(const run_options& options) {
    set_log_level(options.level);
    try {
        check(options);
        impl_->what.finish();
        return serve_until_signalled(impl_->what, options);
    } catch (const std::exception& e) {
        log(log_level::error, e.what());
        return exit_cannot_start;
    }
}

} // namespace ringlet
