#include "server/supervisor.hpp"

#include "ringlet/limits.hpp"
#include "server/admission.hpp"
#include "server/listen.hpp"
#include "server/log.hpp"
#include "server/worker.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <set>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace ringlet {
namespace {

constexpr int exit_forced = 1; // a second signal

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

// Puts in what 0 stands for. The tenth that is left is for files, and for whoever is turned away.
void settle(server_limits& l, rlim_t descriptors) {
    constexpr rlim_t most = 100'000'000;
    const auto all = static_cast<std::uint32_t>(std::min(descriptors, most) / 10 * 9);
    if (l.connections == 0)
        l.connections = std::max(all, 1U);
    if (l.connections_per_client == 0)
        l.connections_per_client = std::max(l.connections / 2, 1U);
}

/// SIGHUP, SIGINT and SIGTERM: something to wait for. After the first SIGINT or SIGTERM the next
/// one ends the process at once.
class awaited_signals {
  public:
    /// Blocks them for this thread and those it starts.
    awaited_signals() {
        sigemptyset(&ending_ones_);
        sigaddset(&ending_ones_, SIGINT);
        sigaddset(&ending_ones_, SIGTERM);
        sigset_t all = ending_ones_;
        sigaddset(&all, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &all, &mask_before_);
        fd_.reset(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!fd_)
            throw std::runtime_error(
                "no descriptor for signals; raise the open files limit (ulimit -n)");
        std::signal(SIGPIPE, SIG_IGN); // a reader of our log that goes away must not end us
    }
    awaited_signals(const awaited_signals&) = delete;
    awaited_signals& operator=(const awaited_signals&) = delete;
    ~awaited_signals() {
        if (ending_) {
            ::alarm(0);
            std::signal(SIGINT, SIG_DFL);
            std::signal(SIGTERM, SIG_DFL);
            std::signal(SIGALRM, SIG_DFL);
        }
        const auto hang_up = std::signal(SIGHUP, SIG_IGN); // one that came too late
        pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
        std::signal(SIGHUP, hang_up);
    }

    int fd() const noexcept { return fd_.get(); }

    /// Takes a signal; 0 if none has come.
    int take() {
        signalfd_siginfo info;
        if (::read(fd_.get(), &info, sizeof info) != sizeof info)
            return 0;
        return static_cast<int>(info.ssi_signo);
    }

    /// From now on a signal ends the process, and so does the end of `most`: whatever may block (a
    /// handler, offloaded work, the disk of the log) cannot keep it.
    void end_at_once_on_next(std::chrono::seconds most) {
        ending_ = true;
        std::signal(SIGINT, [](int) { std::_Exit(exit_forced); });
        std::signal(SIGTERM, [](int) { std::_Exit(exit_forced); });
        std::signal(SIGALRM, [](int) {
            static constexpr char text[] = "ringlet: warning: something blocked the end; left it\n";
            [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, text, sizeof text - 1);
            std::_Exit(0);
        });
        ::alarm(static_cast<unsigned>(most.count()));
        pthread_sigmask(SIG_UNBLOCK, &ending_ones_, nullptr);
    }

  private:
    sigset_t ending_ones_;
    sigset_t mask_before_;
    unique_fd fd_;
    bool ending_ = false;
};

/// Workers that are told of together, and whose ends can be waited for.
class crew {
  public:
    crew(const site& what, std::vector<std::vector<unique_fd>> listening, access_log* log,
         const run_options& options)
        : ended_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          clients_(options.limits.connections, options.limits.connections_per_client),
          pool_(limits::offload_threads, limits::offload_queue) {
        if (!ended_fd_)
            throw std::runtime_error(
                "no descriptor for the workers; raise the open files limit (ulimit -n)");
        for (auto& sockets : listening)
            workers_.push_back(std::make_unique<worker>(
                worker::shared{what, options, clients_, pool_}, workers_.size(), std::move(sockets),
                log != nullptr ? &log->add_buffer() : nullptr, [this] { one_ended(); }));
    }
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;
    ~crew() {
        stop();
        join();
    }

    /// The names of the backends: one, unless there was a ring for some of the workers only.
    std::string start() {
        std::set<std::string> names;
        std::set<std::string> reasons;
        for (auto& w : workers_) {
            const auto [name, why_not_uring] = w->start();
            running_.fetch_add(1);
            names.insert(name);
            if (!why_not_uring.empty() && reasons.insert(why_not_uring).second)
                log(log_level::warning, why_not_uring + "; until then epoll is used");
        }
        return names.size() == 1 ? *names.begin() : "epoll and io_uring";
    }

    void drain() {
        for (auto& w : workers_)
            w->drain();
    }
    void stop() {
        for (auto& w : workers_)
            w->stop();
    }
    void join() {
        for (auto& w : workers_)
            w->join();
    }

    /// Readable whenever a worker has ended.
    int ended_fd() const noexcept { return ended_fd_.get(); }
    bool any_running() const noexcept { return running_.load() != 0; }
    bool all_running() const noexcept { return running_.load() == std::ssize(workers_); }
    std::size_t size() const noexcept { return workers_.size(); }

    /// The first worker's reason for ending that is not an order; empty if there is none. After
    /// join().
    std::string failure() const {
        for (const auto& w : workers_)
            if (!w->failure().empty())
                return w->failure();
        return {};
    }

  private:
    void one_ended() {
        running_.fetch_sub(1);
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t written = ::write(ended_fd_.get(), &one, sizeof one);
    }

    unique_fd ended_fd_;
    std::atomic<std::ptrdiff_t> running_{0};
    admission clients_;
    io::offload_pool pool_;
    std::vector<std::unique_ptr<worker>> workers_;
};

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

// The sockets of each worker.
std::vector<std::vector<unique_fd>> listen_for(std::vector<socket_address>& at, unsigned workers,
                                               int backlog) {
    std::vector<std::vector<unique_fd>> sockets(workers);
    for (socket_address& e : at) {
        auto of_one = listen_on(e, workers, backlog);
        for (unsigned i = 0; i < workers; ++i)
            sockets[i].push_back(std::move(of_one[i]));
    }
    return sockets;
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

// Waits until a signal comes or a worker ends; nullopt waits for ever. False when time is up.
bool wait_for_news(awaited_signals& signals, const crew& workers,
                   std::optional<std::chrono::milliseconds> most) {
    pollfd fds[2] = {{signals.fd(), POLLIN, 0}, {workers.ended_fd(), POLLIN, 0}};
    const int n = ::poll(fds, 2, most ? static_cast<int>(most->count()) : -1);
    if (fds[1].revents != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t got = ::read(workers.ended_fd(), &count, sizeof count);
    }
    return n != 0;
}

// Until a signal asks for the end, or a worker has ended by itself.
void wait_for_end(awaited_signals& signals, const crew& workers, access_log* access) {
    while (workers.all_running()) {
        const int signal = signals.take();
        if (signal == SIGINT || signal == SIGTERM)
            return;
        if (signal == SIGHUP && access != nullptr)
            access->reopen();
        if (signal == 0)
            wait_for_news(signals, workers, std::nullopt);
    }
}

void drain(awaited_signals& signals, crew& workers, std::chrono::seconds most) {
    using namespace std::chrono;
    signals.end_at_once_on_next(most + limits::stop_timeout_s);
    log(log_level::info, "finishing what is in progress; once more ends at once");
    workers.drain();
    const auto until = steady_clock::now() + most;
    while (workers.any_running()) {
        const auto left = duration_cast<milliseconds>(until - steady_clock::now());
        if (left.count() <= 0 || !wait_for_news(signals, workers, left)) {
            log(log_level::warning, "some connections did not finish in time and were closed");
            break;
        }
    }
    workers.stop();
    workers.join();
}

} // namespace

int serve_until_signalled(const site& what, run_options options) try {
    settle(options.limits, raise_descriptor_limit());
    awaited_signals signals; // first: threads take over what is blocked
    std::unique_ptr<access_log> access;
    if (!options.access_log.empty())
        access = std::make_unique<access_log>(options.access_log);

    std::vector<socket_address> at = endpoints_of(options);
    const unsigned count = options.workers != 0 ? options.workers : usable_cores();
    crew workers(what, listen_for(at, count, options.backlog), access.get(), options);
    const std::string backend = workers.start();
    announce(what, at, workers.size(), backend);

    wait_for_end(signals, workers, access.get());
    // Also when a worker has ended by itself.
    drain(signals, workers, options.limits.drain_timeout_s);
    if (const std::string failure = workers.failure(); !failure.empty())
        throw std::runtime_error("a worker failed: " + failure);
    return 0;
} catch (const std::system_error& e) {
    if (e.code() != std::errc::resource_unavailable_try_again)
        throw;
    throw std::runtime_error("cannot start a thread: the limit on processes is reached; raise it "
                             "(ulimit -u, or the container's pids limit)");
}

} // namespace ringlet
