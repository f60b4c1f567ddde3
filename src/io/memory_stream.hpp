// A connection in memory, and the client's end of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringlet::io {

/// What both ends of a connection know.
struct memory_stream {
    std::string to_server;
    std::string to_client;
    std::uint64_t sent = 0; // to the client, in all
    std::size_t unread_most = std::string::npos;
    bool client_ended = false; // writes no more
    bool client_reset = false;
    bool client_gone = false; // reads no more
    bool server_ended = false;
    bool server_closing = false; // once nothing is in flight
    bool server_closed = false;
    bool server_reset = false; // with the close, or to be
    bool news = false;         // that on_progress is to be told of
    std::function<void()> on_progress;
};

/// The client's end of a connection. To be used on the context's thread, between runs or inside
/// one. Destroying it closes it: the server meets the end of the stream, or EPIPE when it sends.
class memory_client {
  public:
    explicit memory_client(std::shared_ptr<memory_stream> stream) noexcept;
    memory_client(memory_client&&) noexcept = default;
    memory_client& operator=(memory_client&& other) noexcept;
    ~memory_client();

    /// Sends `bytes`. The server receives them in pieces of at most one provided buffer.
    void write(std::string_view bytes);

    /// Takes out what the server has sent so far; empty when there is nothing new.
    std::string read();

    /// Sends no more: the server meets the end of the stream after what was written.
    void shutdown();

    /// After what was written, the server receives ECONNRESET. What it sends fails with EPIPE.
    void reset();

    /// How many bytes the server can send ahead of read(); without limit at first. Beyond it sends
    /// wait.
    void limit_unread(std::size_t bytes);

    /// The server sends no more. What it has sent can still be read.
    bool server_ended() const noexcept;
    bool server_closed() const noexcept;

    /// The server's close was a reset: it asked for one, or had not received all that was written,
    /// where TCP resets too.
    bool server_reset() const noexcept;

    /// `call` is called in run(), by the backend, whenever there is something new to be seen here.
    /// It may use any client end and stop() the context, and must not throw.
    void on_progress(std::function<void()> call);

  private:
    void close() noexcept;
    std::shared_ptr<memory_stream> stream_; // null when it was moved from
};

} // namespace ringlet::io
