#include "server/supervisor.hpp"

#include "ringlet/limits.hpp"
#include "server/crew.hpp"
#include "server/descriptors.hpp"
#include "server/handover.hpp"
#include "server/health.hpp"
#include "server/inheritance.hpp"
#include "server/listening.hpp"
#include "server/log.hpp"
#include "server/memory_limit.hpp"
#include "server/memory_reserve.hpp"
#include "server/notify.hpp"
#include "server/privileges.hpp"
#include "server/signals.hpp"

#include <algorithm>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace ringlet {
namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

unsigned usable_cores() {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return static_cast<unsigned>(CPU_COUNT(&set));
}

// Connections are descriptors, and the soft limit is often 1 024 for the sake of select(), which is
// not used here. Gives the limit.
rlim_t raise_descriptor_limit() {
    rlimit files{1024, 1024};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
        return files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur;
}

// The kernel's table of descriptors doubles when it is full, and in a process with threads whoever
// opens one waits each time until no core can still be reading the old table: some 10 ms, in which
// a worker would do nothing. It never shrinks. So it gets its size while there is one thread: 8
// bytes for each descriptor, which is why those beyond 64 Ki have to wait.
void make_room_for_descriptors(rlim_t limit) {
    constexpr rlim_t most = 64 * 1024;
    const unique_fd any(::open("/", O_PATH | O_CLOEXEC));
    const unique_fd last(
        ::fcntl(any.get(), F_DUPFD_CLOEXEC, static_cast<int>(std::min(limit, most)) - 1));
}

// Puts in what 0 stands for. Descriptors are for the server itself, for connections, for files and
// for whoever is turned away.
void settle(server_limits& l, std::uint64_t descriptors, std::uint64_t own, unsigned workers) {
    constexpr std::uint64_t most = 100'000'000;
    constexpr std::uint64_t least = 16; // for a few connections, if the server can start at all
    descriptors = std::min(descriptors, most);
    descriptors = std::max(descriptors - std::min(own, descriptors), least);
    auto left = static_cast<std::uint32_t>(descriptors);
    if (l.turned_away == 0)
        l.turned_away = std::clamp(left / 8, 1U, limits::turned_away);
    left -= std::min(l.turned_away, left / 2);
    if (l.connections == 0)
        l.connections = std::max(left / 10 * 9, 1U);
    if (l.connections_per_client == 0)
        l.connections_per_client = std::max(l.connections / 2, 1U);
    if (l.open_files == 0)
        l.open_files = std::max({left - std::min(left, l.connections), left / 10, 1U});
    const std::uint64_t memory = memory_of_process();
    if (l.buffer_bytes == 0)
        l.buffer_bytes = memory / 4;
    l.cache_bytes = std::min<std::uint64_t>(l.cache_bytes, memory / 8 / workers);
}

std::vector<socket_address> endpoints_of(const run_options& options) {
    std::vector<socket_address> all;
    for (const std::string& text : options.listen)
        all.push_back(parse_endpoint(text));
    if (all.empty()) {
        const bool v6 = options.address.find(':') != std::string::npos;
        const std::string host = v6 ? '[' + options.address + ']' : options.address;
        all.push_back(parse_endpoint(host + ':' + std::to_string(options.port)));
    }
    return all;
}

listening_sockets sockets_for(inheritance& passed, const run_options& options, unsigned workers) {
    if (!passed.sockets.empty())
        return adopt_sockets(std::move(passed.sockets));
    return open_sockets(endpoints_of(options), workers, options.backlog);
}

void announce(const site& what, const std::vector<socket_address>& at, std::size_t workers,
              const std::string& backend) {
    std::string line = "serving";
    if (!what.mounts.empty())
        line += ' ' + what.mounts.back()->root.path();
    for (std::size_t i = 0; i < at.size(); ++i)
        line += (i == 0 ? " on http://" : ", http://") + at[i].text();
    line += " (" + std::to_string(workers) + (workers == 1 ? " worker, " : " workers, ") + backend +
            ')';
    log(log_level::info, line);
}

/// From the first request that may come until the process may end.
class service {
  public:
    service(const site& what, const run_options& options, awaited_signals& signals,
            handover& successor, listening_sockets sockets, unsigned workers);

    void start();

    /// Until a signal asks for the end, a successor serves, or a worker has ended by itself; then
    /// it is over soon. Throws what has ended the worker.
    void run();

  private:
    enum class why { ordered, handed_over, failed };

    why wait_for_end();
    bool handle(int signal);
    void read_anew();
    void begin_handover();
    bool handed_over();
    void wait_for_balancers();
    void end(why reason);
    void drain();
    bool wait_for_news(std::optional<milliseconds> most);

    const site& what_;
    const run_options& options_;
    awaited_signals& signals_;
    handover& successor_;
    bool pass_on_hang_up_ = false;
    listening_sockets sockets_; // the workers have duplicates
    health health_;
    std::unique_ptr<access_log> access_;
    crew workers_;
};

std::unique_ptr<access_log> open_access_log(const std::string& path) {
    return path.empty() ? nullptr : std::make_unique<access_log>(path);
}

service::service(const site& what, const run_options& options, awaited_signals& signals,
                 handover& successor, listening_sockets sockets, unsigned workers)
    : what_(what),
      options_(options),
      signals_(signals),
      successor_(successor),
      sockets_(std::move(sockets)),
      access_(open_access_log(options.access_log)),
      workers_(what, share_out(sockets_, workers), access_.get(),
               options.health ? &health_ : nullptr, options) {}

void service::start() {
    const std::string backend = workers_.start();
    announce(what_, sockets_.at, workers_.size(), backend);
}

void service::run() {
    end(wait_for_end());
    if (const std::string failure = workers_.failure(); !failure.empty())
        throw std::runtime_error("a worker failed: " + failure);
}

// Waits until a signal comes, a worker ends, or there is news of a successor; nullopt waits for
// ever. False when time is up.
bool service::wait_for_news(std::optional<milliseconds> most) {
    pollfd fds[3] = {{signals_.fd(), POLLIN, 0},
                     {workers_.ended_fd(), POLLIN, 0},
                     {successor_.fd(), POLLIN, 0}}; // -1: none
    const int n = ::poll(fds, 3, most ? static_cast<int>(most->count()) : -1);
    if (fds[1].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(workers_.ended_fd(), &count, sizeof count);
    }
    return n != 0;
}

service::why service::wait_for_end() {
    while (workers_.all_running()) {
        const int signal = signals_.take();
        if (handle(signal))
            return why::ordered;
        if (successor_.under_way() && handed_over())
            return why::handed_over;
        if (signal == 0)
            wait_for_news(successor_.under_way() ? std::optional(successor_.time_left())
                                                 : std::nullopt);
    }
    return why::failed;
}

// Returns whether it asks for the end.
bool service::handle(int signal) {
    if (signal == SIGHUP) {
        read_anew();
        pass_on_hang_up_ = successor_.under_way(); // which may have opened all that before
    } else if (signal == SIGUSR2) {
        begin_handover();
    }
    return signal == SIGINT || signal == SIGTERM;
}

// What has a path and is open: others may have put something else there.
void service::read_anew() {
    if (access_ != nullptr)
        access_->reopen();
    for (const auto& m : what_.mounts)
        try {
            m->root.reopen();
        } catch (const std::exception& e) {
            log(log_level::warning, e.what() + std::string("; the old one goes on being served"));
        }
    workers_.forget_files();
}

void service::begin_handover() {
    if (successor_.under_way()) {
        log(log_level::warning, "a restart is under way already");
        return;
    }
    try {
        successor_.begin(sockets_.fds, signals_.mask_before(), options_.limits.restart_timeout_s);
        log(log_level::info,
            "restarting: process " + std::to_string(successor_.successor()) + " is to take over");
    } catch (const std::exception& e) {
        log(log_level::warning,
            "cannot restart: " + std::string(e.what()) + "; this process goes on serving");
    }
}

bool service::handed_over() {
    const handover::state now = successor_.look();
    if (now == handover::state::failed)
        log(log_level::warning,
            "the restart failed: " + successor_.problem() + "; this process goes on serving");
    if (now != handover::state::served)
        return false;
    const std::string pid = std::to_string(successor_.successor());
    if (pass_on_hang_up_)
        ::kill(successor_.successor(), SIGHUP);
    notify_manager("MAINPID=" + pid);
    log(log_level::info, "process " + pid + " has taken over");
    return true;
}

// They go on sending requests until they have noticed that this server is about to end.
void service::wait_for_balancers() {
    const seconds delay = options_.drain_delay_s;
    log(log_level::info, "ending in " + std::to_string(delay.count()) +
                             " s, for load balancers to notice; once more ends at once");
    const auto until = steady_clock::now() + delay;
    while (workers_.all_running()) {
        if (const int signal = signals_.take(); signal == SIGHUP)
            read_anew();
        const auto left = ceil<milliseconds>(until - steady_clock::now());
        if (left.count() <= 0)
            break;
        wait_for_news(left);
    }
}

void service::end(why reason) {
    const bool delayed = reason == why::ordered && options_.drain_delay_s.count() != 0;
    signals_.end_within((delayed ? options_.drain_delay_s : seconds(0)) +
                        options_.limits.drain_timeout_s + limits::stop_timeout_s);
    if (reason != why::handed_over) { // else whoever asks at this address is served on
        signals_.end_at_once_on_next();
        if (successor_.under_way() && successor_.look() == handover::state::waiting)
            successor_.give_up(); // one that serves by now goes on
        health_.ready = false;
        notify_manager("STOPPING=1");
    }
    if (delayed)
        wait_for_balancers();
    drain();
}

void service::drain() {
    sockets_.fds.clear();
    workers_.drain();
    log(log_level::info, "finishing what is in progress; once more ends at once");
    const auto until = steady_clock::now() + options_.limits.drain_timeout_s;
    while (workers_.any_running()) {
        if (const int signal = signals_.take(); signal == SIGINT || signal == SIGTERM)
            signals_.end_at_once_on_next(); // the first one, after a restart
        const auto left = ceil<milliseconds>(until - steady_clock::now());
        if (left.count() <= 0 || !wait_for_news(left)) {
            log(log_level::warning, "some connections did not finish in time and were closed");
            break;
        }
    }
    workers_.stop();
    workers_.join();
}

// With the rights that the server is to have.
void check_folders(const site& what) {
    for (const auto& m : what.mounts)
        m->root.check();
}

} // namespace

int serve_until_signalled(const site& what, run_options options) try {
    inheritance passed = take_inheritance();
    handover successor; // now: it takes note of how this program was started
    const unsigned workers = options.workers != 0 ? options.workers : usable_cores();
    const rlim_t descriptors = raise_descriptor_limit();
    make_room_for_descriptors(descriptors);
    awaited_signals signals; // before threads, which take over what is blocked
    listening_sockets sockets = sockets_for(passed, options, workers);
    settle(options.limits, descriptors,
           own_descriptors(workers, sockets.at.size(), sockets.fds.size(), what.mounts.size()),
           workers);
    become_user(options.user, options.group);
    check_folders(what);

    const memory_reserve reserve;
    service serving(what, options, signals, successor, std::move(sockets), workers);
    serving.start();
    notify_manager("READY=1");
    passed.tell_ready();
    serving.run();
    return 0;
} catch (const std::system_error& e) {
    if (e.code() != std::errc::resource_unavailable_try_again)
        throw;
    throw std::runtime_error("cannot start a thread: the limit on processes is reached; raise it "
                             "(ulimit -u, or the container's pids limit)");
}

} // namespace ringlet
