// A backend whose every step a seed decides: which operation comes to its end when, how far it got,
// and what goes wrong. A network in memory, a clock of its own, no threads.
#pragma once

#include "io/backend.hpp"
#include "io/memory_stream.hpp"
#include "simulation/script.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace ringlet::simulation {

/// What a backend still had when it was destroyed. All of it has to be nothing.
struct leftovers {
    std::size_t operations = 0;
    std::size_t sockets = 0;
    std::size_t buffers = 0;
    // Sockets that nobody did anything with after accept. As numbers without a descriptor behind
    // them they can be dropped unseen: all right where the server is destroyed.
    std::size_t untouched = 0;
};

/// It keeps the order that io_uring keeps and no other: what is submitted, cancelled and closed
/// takes effect in this order with the next wait(); operations end in any order; a descriptor's
/// number is free again at its close, though operations on it may still be in flight. Files are
/// real, and their operations are system calls.
class scripted_backend final : public io::backend {
  public:
    struct options {
        unsigned buffer_count;
        unsigned buffer_bytes;
    };

    /// `left` is written by the destructor. Both outlive the backend.
    scripted_backend(script& s, options o, leftovers& left);
    ~scripted_backend() override;

    /// A descriptor to accept from.
    int listen();

    /// A client that waits to be accepted; one that is refused where nobody listens.
    io::memory_client connect();

    /// Accepted and not closed.
    std::size_t sockets() const noexcept { return accepted_.size(); }
    bool anybody_waits() const noexcept { return !waiting_.empty(); }

    std::string_view name() const noexcept override { return "scripted"; }
    io::clock::time_point now() const noexcept override { return now_; }
    void submit(io::op& o) override;
    void cancel(io::op& o) override;
    void cancel_descriptor(int fd) override;
    void cancel_all() override;
    void close(int fd) override;
    void shutdown_send(int fd) noexcept override;
    void reset_on_close(int fd, bool reset) noexcept override;
    void lift_unsent_limit(int) noexcept override {}
    io::socket_backlog backlog(int fd) noexcept override;
    std::uint64_t acknowledged(int fd) noexcept override;
    bool wait(std::optional<io::clock::duration> timeout, io::task_list& ready) override;
    void wake() noexcept override {} // there is one thread
    std::size_t in_flight() const noexcept override { return in_flight_.size() + submitted_; }
    unsigned buffer_count() const noexcept override { return options_.buffer_count; }
    const char* buffer(std::uint16_t number) const noexcept override;
    void give_back(std::uint16_t number) noexcept override { free_buffers_.push_back(number); }

  private:
    using stream = std::shared_ptr<io::memory_stream>;

    struct flight {
        io::op* what;
        stream on; // null for a file, and for the listener
        std::size_t done = 0;
        bool cancelled = false;
        bool last = false; // the next arrival is
    };

    struct command {
        enum class kind : std::uint8_t { submit, cancel, cancel_descriptor, cancel_all, close };
        kind what;
        io::op* on = nullptr;
        int fd = -1;
    };

    stream find(int fd) const;
    void carry_out_commands();
    void carry_out(const command& c);
    void overflow();
    void attempt_all(bool at_once, io::task_list& ready);
    bool attempt(flight& f, bool at_once, io::task_list& ready);
    bool attempt_cancelled(flight& f, bool at_once, io::task_list& ready);
    bool progress(flight& f, bool sound, io::task_list& ready);
    bool accept(flight& f, bool sound, io::task_list& ready);
    bool receive(flight& f, bool sound, io::task_list& ready);
    std::optional<int> send(flight& f, bool sound);
    std::optional<int> send_fault(flight& f);
    int file(const io::op_request& r, bool sound);
    std::uint32_t more(flight& f);
    void complete(flight& f, int result, std::uint32_t flags, io::task_list& ready);
    void end_sockets();
    void tell_clients();
    bool let_time_pass(std::optional<io::clock::duration> timeout);

    script& script_;
    const options options_;
    leftovers& left_;
    io::clock::time_point now_{std::chrono::hours(1)};
    std::unique_ptr<char[]> buffers_;
    std::vector<std::uint16_t> free_buffers_;
    std::vector<command> commands_;
    std::size_t submitted_ = 0; // among them
    std::vector<flight> in_flight_;
    int listener_ = -1;
    std::deque<stream> waiting_;    // to be accepted
    std::map<int, stream> by_fd_;   // accepted, and not closed by the server
    std::vector<stream> accepted_;  // the same, and those whose close waits for operations
    std::vector<stream> with_news_; // closed, and the client is to be told
    std::set<int> untouched_;
    bool moved_ = false;
};

} // namespace ringlet::simulation
