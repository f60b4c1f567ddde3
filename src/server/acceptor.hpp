// Accepts a worker's connections, and keeps them until they end.
#pragma once

#include "base/unique_fd.hpp"
#include "io/listener.hpp"
#include "server/admission.hpp"
#include "server/connection.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace ringlet {

/// On the context's thread. Has to outlive the context, whose end destroys the connections.
class acceptor {
  public:
    acceptor(worker_state& shared, admission& clients);
    ~acceptor();

    /// Accepts from the listening socket `from`, until it is told to drain.
    void start(unique_fd from);

    /// Stops accepting and ends each connection after what it is answering.
    void drain();

    /// To be called before the context is destroyed.
    void close();

  private:
    class accept_loop;

    void take(unique_fd fd);
    void add_connection(unique_fd fd);
    void count_turned_away();

    worker_state& shared_;
    admission& clients_;
    io::deadline_queue pause_time_;
    std::vector<std::unique_ptr<accept_loop>> loops_;
    intrusive_list<connection> connections_;
    std::uint64_t turned_away_ = 0; // since it was logged
    io::clock::time_point log_next_{};
};

} // namespace ringlet
