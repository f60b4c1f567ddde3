// One thread of the server: its backend, its listeners and its connections.
#pragma once

#include "base/unique_fd.hpp"
#include "io/listener.hpp"
#include "io/offload_pool.hpp"
#include "ringlet/server.hpp"
#include "server/access_log.hpp"
#include "server/admission.hpp"
#include "server/connection.hpp"
#include "server/site.hpp"

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ringlet {

class worker {
  public:
    /// `number`, from 0, is this worker's own. `ended` is called from the worker's thread when it
    /// is done, or could not begin or go on; failure() says which.
    /// What the workers share outlives them.
    struct shared {
        const site& what;
        const run_options& options;
        admission& clients;
        io::offload_pool& pool;
    };
    worker(const shared& with, std::size_t number, std::vector<unique_fd> listening,
           access_log::buffer* log, std::function<void()> ended);

    struct backend_info {
        std::string name;
        std::string why_not_uring; // empty unless that was wanted more
    };

    /// Starts the thread, waits until it serves and says with what. Throws what kept it from
    /// serving.
    backend_info start();

    /// Stops accepting and ends each connection after what it is answering. From any thread;
    /// ended() follows.
    void drain();

    /// Ends at once, connections and all. From any thread.
    void stop();

    /// Waits for the thread's end.
    void join();

    /// Why it ended, if not because it was told to: one line. Only after join().
    const std::string& failure() const noexcept { return failure_; }

  private:
    void run(std::promise<backend_info>& started);
    void serve(io::context& ctx);
    void begin_draining();
    boost::asio::awaitable<void> accept_all(io::listener& from);
    std::string add_connection(unique_fd fd);
    void count_turned_away();

    const shared with_;
    const std::size_t number_;
    std::vector<unique_fd> listening_;
    access_log::buffer* log_;
    std::function<void()> ended_;
    std::string failure_;
    std::thread thread_;

    // The context, while it lives, for drain() and stop() from other threads.
    std::mutex mutex_;
    io::context* context_ = nullptr;

    // On the thread only.
    std::unique_ptr<worker_state> state_;
    std::vector<std::unique_ptr<io::listener>> listeners_;
    intrusive_list<connection> connections_;
    std::uint64_t turned_away_ = 0; // since it was logged
    io::clock::time_point log_next_{};
};

} // namespace ringlet
