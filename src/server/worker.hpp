// One thread of the server: its backend, and what it accepts.
#pragma once

#include "base/unique_fd.hpp"
#include "io/offload_pool.hpp"
#include "ringlet/server.hpp"
#include "server/acceptor.hpp"
#include "server/access_log.hpp"
#include "server/admission.hpp"
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
        const health* probes; // null: they are not answered
        request_rate* rate;   // null: no limit
        std::size_t workers;
    };
    worker(const shared& with, std::size_t number, std::vector<unique_fd> listening,
           access_log::buffer* log, std::function<void()> ended);

    struct means {
        std::string backend;
        std::string why_not_uring; // empty unless that was wanted more
        bool told_of_changes;      // of the files that it serves
    };

    /// Starts the thread, waits until it serves and says with what. Throws what kept it from
    /// serving.
    means start();

    /// For the folders at the roots' paths are others now. From any thread.
    void forget_files();

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
    void run(std::promise<means>& started);
    void serve(io::context& ctx);
    static bool run_to_the_end(io::context& ctx);

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
    std::unique_ptr<acceptor> acceptor_;
};

} // namespace ringlet
