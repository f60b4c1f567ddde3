#include "server/crew.hpp"

#include "ringlet/limits.hpp"
#include "server/log.hpp"

#include <cstdint>
#include <set>
#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>

namespace ringlet {
namespace {

std::unique_ptr<request_rate> rate_of(const server_limits& l) {
    const std::uint32_t per_s = l.requests_per_s_per_client;
    if (per_s == 0)
        return nullptr;
    const std::uint32_t burst = l.request_burst_per_client;
    return std::make_unique<request_rate>(per_s, burst != 0 ? burst : 2 * per_s);
}

} // namespace

crew::crew(const site& what, std::vector<std::vector<unique_fd>> listening, access_log* log,
           const health* probes, const run_options& options)
    : ended_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      clients_(options.limits.connections, options.limits.connections_per_client,
               options.limits.turned_away),
      pool_(limits::offload_threads, limits::offload_queue),
      rate_(rate_of(options.limits)) {
    if (!ended_fd_)
        throw std::runtime_error(
            "no descriptor for the workers; raise the open files limit (ulimit -n)");
    for (auto& sockets : listening)
        workers_.push_back(std::make_unique<worker>(
            worker::shared{what, options, clients_, pool_, probes, rate_.get(), listening.size()},
            workers_.size(), std::move(sockets), log != nullptr ? &log->add_buffer() : nullptr,
            [this] { one_ended(); }));
}

crew::~crew() {
    stop();
    join();
}

std::string crew::start() {
    std::set<std::string> names;
    std::set<std::string> reasons;
    std::size_t not_told = 0;
    for (auto& w : workers_) {
        const auto [name, why_not_uring, told_of_changes] = w->start();
        running_.fetch_add(1);
        names.insert(name);
        not_told += told_of_changes ? 0 : 1;
        if (!why_not_uring.empty() && reasons.insert(why_not_uring).second)
            log(log_level::warning, why_not_uring + "; until then epoll is used");
    }
    if (not_told != 0)
        log(log_level::warning, "inotify is refused to " + std::to_string(not_told) + " of " +
                                    std::to_string(workers_.size()) +
                                    " workers, which notice changed files up to 1 s late; raise "
                                    "fs.inotify.max_user_instances, then send SIGHUP");
    return names.size() == 1 ? *names.begin() : "epoll and io_uring";
}

void crew::forget_files() {
    for (auto& w : workers_)
        w->forget_files();
}

void crew::drain() {
    for (auto& w : workers_)
        w->drain();
}

void crew::stop() {
    for (auto& w : workers_)
        w->stop();
}

void crew::join() {
    for (auto& w : workers_)
        w->join();
}

std::string crew::failure() const {
    for (const auto& w : workers_)
        if (!w->failure().empty())
            return w->failure();
    return {};
}

void crew::one_ended() {
    running_.fetch_sub(1);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(ended_fd_.get(), &one, sizeof one);
}

} // namespace ringlet
