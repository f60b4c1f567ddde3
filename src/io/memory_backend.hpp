// A network in memory and a clock of its own: for tests of an application in one process, without
// sockets, ports or waiting.
#pragma once

#include "base/unique_fd.hpp"
#include "io/backend.hpp"
#include "io/memory_stream.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace ringlet::io {

/// A new connection. Not a real descriptor: only io::socket knows how to close it.
struct memory_connection {
    unique_fd server;
    memory_client client;
};

struct memory_options {
    unsigned buffer_count = 64;   // provided buffers, at most 32 768
    unsigned buffer_bytes = 4096; // of each

    // How long run() waits, in real time, for what some other thread may bring, before it gives
    // up.
    clock::duration patience = std::chrono::seconds(5);
};

/// Connections are made with connect(); what is accepted from real sockets never comes. File
/// operations are system calls on real descriptors, made at once.
///
/// Time starts with the real one and then stands still while there is anything to do. When there is
/// not, it jumps to when the next deadline or sleeper is due, and an hour's sleep takes no time.
/// Only while other threads are at work for the context, it passes as it really does:
///
///     work elsewhere                    a deadline or sleeper is due   nothing is
///     none                              jump                           give up
///     an executor is held (coroutines)  jump                           wait for `patience`
///     ... and Asio has a thread         wait until then                wait for `patience`
///     in the offload pool               wait until then                wait
///
/// Asio has a thread for a context that has used a timer (Beast's websocket streams have one), an
/// Asio socket or a resolver. To give up is to let run() return with its work undone: whoever runs
/// the context finds that what it waited for has not happened, and never will.
class memory_backend final : public backend {
  public:
    explicit memory_backend(memory_options options = {});
    ~memory_backend() override;

    /// On the context's thread, between runs or inside one.
    memory_connection connect();

    std::string_view name() const noexcept override { return "memory"; }
    void attach(context& owner) noexcept override { context_ = &owner; }
    clock::time_point now() const noexcept override { return now_; }
    void submit(op& o) override;
    void cancel(op& o) override;
    void cancel_descriptor(int fd) override;
    void cancel_all() override;
    void close(int fd) override;
    void shutdown_send(int fd) noexcept override;
    void reset_on_close(int fd, bool reset) noexcept override;
    void lift_unsent_limit(int) noexcept override {}
    socket_backlog backlog(int fd) noexcept override {
        return {.unread = find(fd)->to_server.size()};
    }
    std::uint64_t acknowledged(int fd) noexcept override { return find(fd)->sent; }
    bool wait(std::optional<clock::duration> timeout, task_list& ready) override;
    void wake() noexcept override;
    std::size_t in_flight() const noexcept override { return in_flight_.size(); }
    unsigned buffer_count() const noexcept override { return options_.buffer_count; }
    const char* buffer(std::uint16_t number) const noexcept override;
    void give_back(std::uint16_t number) noexcept override { free_buffers_.push_back(number); }

  private:
    using streams = std::vector<std::shared_ptr<memory_stream>>;

    struct flight {
        op* what;
        std::size_t done = 0; // bytes sent
        bool cancelled = false;
    };

    memory_stream* find(int fd) const noexcept;
    void carry_out(task_list& ready);
    bool attempt(flight& f, task_list& ready);
    bool receive(op& o, task_list& ready);
    std::optional<int> wait_end(const op& o) const;
    std::optional<int> send(flight& f);
    void complete(op& o, int result, std::uint32_t flags, task_list& ready);
    bool closes(int fd, const memory_stream& s) const noexcept;
    streams close_and_take_news();
    void tell_clients();
    bool let_time_pass(std::optional<clock::duration> timeout);

    memory_options options_;
    context* context_ = nullptr;
    clock::time_point now_ = clock::now();
    std::unique_ptr<char[]> buffers_;
    std::vector<std::uint16_t> free_buffers_;
    std::vector<flight> in_flight_;                         // in the order of their submission
    std::map<int, std::shared_ptr<memory_stream>> streams_; // not closed yet
    int next_fd_;
    bool moved_ = false; // something has happened in the wait() under way

    std::mutex mutex_;
    std::condition_variable woken_up_;
    bool woken_ = false; // under the mutex
};

} // namespace ringlet::io
