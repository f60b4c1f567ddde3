// All workers of a server.
#pragma once

#include "base/unique_fd.hpp"
#include "io/offload_pool.hpp"
#include "server/access_log.hpp"
#include "server/admission.hpp"
#include "server/request_rate.hpp"
#include "server/worker.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace ringlet {

/// Workers that are told of together, and whose ends can be waited for.
class crew {
  public:
    /// One for each entry of `listening`. What the arguments refer to must outlive them; those
    /// that are null are not there.
    crew(const site& what, std::vector<std::vector<unique_fd>> listening, access_log* log,
         const health* probes, const run_options& options);
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;
    ~crew();

    /// The names of the backends: one, unless there was a ring for some of the workers only.
    std::string start();

    /// Has the workers look at all files anew.
    void forget_files();

    void drain();
    void stop();
    void join();

    /// Readable whenever a worker has ended.
    int ended_fd() const noexcept { return ended_fd_.get(); }
    bool any_running() const noexcept { return running_.load() != 0; }
    bool all_running() const noexcept { return running_.load() == std::ssize(workers_); }
    std::size_t size() const noexcept { return workers_.size(); }

    /// The first worker's reason for ending that is not an order; empty if there is none. After
    /// join().
    std::string failure() const;

  private:
    void one_ended();

    unique_fd ended_fd_;
    std::atomic<std::ptrdiff_t> running_{0};
    admission clients_;
    io::offload_pool pool_;
    std::unique_ptr<request_rate> rate_;
    std::vector<std::unique_ptr<worker>> workers_;
};

} // namespace ringlet
