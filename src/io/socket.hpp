// A connected stream socket on a context.
#pragma once

#include "base/unique_fd.hpp"
#include "io/async_op.hpp"
#include "io/receiver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>

#include <array>
#include <cassert>
#include <sys/socket.h>
#include <sys/uio.h>

namespace ringlet::io {

/// Models Asio's AsyncReadStream and AsyncWriteStream, so that Asio's and Beast's composed
/// operations, ssl::stream and websocket::stream work on it. Beside that, receive() and send() are
/// the fast path: no copy, no read buffer while idle.
///
/// At most one operation that receives and one that sends at a time. All on the context's thread;
/// the socket must live until a send has completed (a receive is cancelled by the destructor).
class socket {
  public:
    using executor_type = executor;
    using lowest_layer_type = socket;

    /// Takes over a connected descriptor. limit_blocking_send() should have been called for it.
    socket(context& ctx, unique_fd fd);
    socket(socket&& other) noexcept;
    socket& operator=(socket&& other) noexcept;
    ~socket() { close(); }

    executor get_executor() const noexcept { return ctx_->get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return *this; }
    int native_handle() const noexcept { return fd_.get(); }
    bool is_open() const noexcept { return static_cast<bool>(fd_); }

    /// Completes with (error_code, lease) when bytes have come; asio::error::eof at the end of the
    /// stream.
    template <class Token>
    auto async_receive(Token&& token) {
        return asio::async_initiate<Token, void(error_code, lease)>(initiate_receive{this}, token);
    }

    /// Completes with (error_code, std::size_t) when all of `bytes` (at most send_most) are sent,
    /// or sending failed or was cancelled: broken_pipe after a part of them.
    template <class Token>
    auto async_send(std::string_view bytes, Token&& token) {
        assert(bytes.size() <= send_most);
        return async_op(*ctx_,
                        op_request{.code = opcode::send,
                                   .whole = true,
                                   .fd = fd_.get(),
                                   .size = static_cast<std::uint32_t>(bytes.size()),
                                   .data = const_cast<char*>(bytes.data())},
                        std::forward<Token>(token));
    }

    /// The same as an operation of the caller's own, which it finishes: without handler or
    /// coroutine.
    void start_send(op& o, std::string_view bytes);

    /// The same for what `gathered` points to, which is `size` bytes in all. With `last`, which
    /// must live as long, the bytes of the last part lie in that file, too, which does not change,
    /// and may be sent from there without a copy. SIGPIPE must be ignored then.
    void start_send(op& o, msghdr& gathered, std::size_t size, const file_place* last = nullptr);

    /// The same for bytes that lie at `place` in a file, too: see start_send().
    template <class Token>
    auto async_send(std::string_view bytes, const file_place& place, Token&& token) {
        message m;
        m.parts[m.count++] = {const_cast<char*>(bytes.data()), bytes.size()};
        return async_op(*ctx_,
                        op_request{.code = opcode::send_message,
                                   .whole = true,
                                   .fd = fd_.get(),
                                   .size = static_cast<std::uint32_t>(bytes.size()),
                                   .parameter = in_file(place)},
                        std::forward<Token>(token), m);
    }

    /// The same for up to gather_most buffers, with one system call.
    template <class Buffers, class Token>
    auto async_send_all(const Buffers& buffers, Token&& token) {
        return send_message(buffers, true, std::forward<Token>(token));
    }

    template <class Buffers, class Token = asio::default_completion_token_t<executor>>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return send_message(buffers, false, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            initiate_read<Buffers>{this}, token, buffers);
    }

    /// For `co_await`: errors as values.
    auto receive() { return async_receive(asio::as_tuple(asio::deferred)); }
    auto send(std::string_view bytes) { return async_send(bytes, asio::as_tuple(asio::deferred)); }

    /// receive() for a waiter of the caller's own: without handler or coroutine.
    void start_receive(receive_waiter& w) {
        assert(is_open());
        w.error = {};
        receiver_->start(w);
    }

    /// Keep the kernel's receive armed between receives: for a connection that lives for more than
    /// one request.
    void stay_armed() noexcept { receiver_->stay_armed(); }

    /// Has `w` told what the peer does while nothing is received here; see there.
    void watch(receive_watcher& w) {
        if (is_open())
            receiver_->watch(w);
    }
    void unwatch() noexcept {
        if (is_open())
            receiver_->unwatch();
    }

    /// Ends the receive, if one is waiting, with operation_aborted; false if none is. Costs
    /// nothing: the kernel's receive stays armed, and what it brings is there for the next one.
    bool cancel_receive() { return is_open() && receiver_->cancel(); }

    /// The same, but what has come until then is received all the same.
    bool stop_receive() { return is_open() && receiver_->stop(); }

    /// Ends both directions' operations with operation_aborted. The socket stays open. The kernel
    /// looks for them among all operations of the context.
    void cancel();

    /// Sends no more; the peer sees the end of the stream after what was sent.
    void shutdown_send() noexcept { ctx_->shutdown_send(fd_.get()); }

    /// Has close() reset the connection and drop what the kernel has not sent yet: for an answer
    /// that broke off and, being delimited by the connection's end, would look complete.
    void reset_on_close(bool reset = true) noexcept { ctx_->reset_on_close(fd_.get(), reset); }

    /// For those who send a lot, after each block of it: whether a peer that has taken that much in
    /// that time keeps up. Then it gets as much at a time as the system likes: see limit_unsent().
    bool peer_took(std::size_t bytes, clock::duration time) noexcept;

    /// Cancels a receive, and closes. A send that is in flight keeps the connection: cancel() it
    /// first.
    void close();

    /// With something unread close() is a reset, and with what the peer sends after it, it becomes
    /// one: what was not acknowledged by then is lost.
    socket_backlog backlog() const noexcept { return ctx_->backlog(fd_.get()); }

    /// How much of what was sent the peer's system has taken.
    std::uint64_t acknowledged() const noexcept { return ctx_->acknowledged(fd_.get()); }

    /// How many buffers one send gathers.
    static constexpr std::size_t gather_most = 16;

    /// How many bytes one send takes (the kernel's MAX_RW_COUNT).
    static constexpr std::size_t send_most = 0x7fff'f000;

  private:
    struct message {
        msghdr header{};
        std::array<iovec, gather_most> parts;
        std::size_t count = 0;
        void attach(op_request& r) noexcept {
            header.msg_iov = parts.data();
            header.msg_iovlen = count;
            r.data = &header;
        }
        void drop(int) noexcept {}
    };

    template <class Buffers, class Token>
    auto send_message(const Buffers& buffers, bool whole, Token&& token) {
        message m;
        std::size_t size = 0;
        const auto end = asio::buffer_sequence_end(buffers);
        for (auto i = asio::buffer_sequence_begin(buffers); i != end; ++i) {
            const asio::const_buffer b(*i);
            if (b.size() == 0)
                continue;
            if (m.count == gather_most) {
                assert(!whole && "more buffers than one send gathers");
                break;
            }
            m.parts[m.count++] = {const_cast<void*>(b.data()), b.size()};
            size += b.size();
        }
        assert(!whole || size <= send_most);
        return async_op(*ctx_,
                        op_request{.code = opcode::send_message,
                                   .whole = whole,
                                   .fd = fd_.get(),
                                   .size = static_cast<std::uint32_t>(size)},
                        std::forward<Token>(token), m);
    }

    struct cancel_waiter {
        receive_waiter* waiter;
        void operator()(asio::cancellation_type type) const {
            if (type != asio::cancellation_type::none && waiter->waits_for != nullptr)
                waiter->waits_for->cancel();
        }
    };

    template <class Handler>
    struct receive_op final : receive_waiter {
        explicit receive_op(completion<Handler>&& c)
            : receive_waiter(&receive_op::finished), done(std::move(c)) {}
        static void finished(task& t, bool invoke) {
            auto* self = static_cast<receive_op*>(&t);
            lease got = std::move(self->got);
            const error_code e = self->error;
            auto handler = release_with_handler(self);
            if (invoke)
                std::move(handler)(e, std::move(got));
        }
        void take(lease& bytes) override { got = std::move(bytes); }
        completion<Handler> done;
        lease got;
    };

    struct initiate_receive {
        socket* self;
        template <class Handler>
        void operator()(Handler&& h) const {
            using type = receive_op<std::decay_t<Handler>>;
            self->begin_receive(*make_with_handler<type>(*self->ctx_, std::forward<Handler>(h)));
        }
    };

    template <class Handler, class Buffers>
    struct read_op final : receive_waiter {
        read_op(completion<Handler>&& c, const Buffers& b)
            : receive_waiter(&read_op::finished), done(std::move(c)), buffers(b) {}
        static void finished(task& t, bool invoke) {
            auto* self = static_cast<read_op*>(&t);
            const error_code e = self->error;
            const std::size_t n = self->copied;
            auto handler = release_with_handler(self);
            if (invoke)
                std::move(handler)(e, n);
        }
        void take(lease& bytes) override {
            const std::string_view got = bytes.bytes();
            copied = asio::buffer_copy(buffers, asio::buffer(got.data(), got.size()));
            bytes.consume(copied);
        }
        completion<Handler> done;
        Buffers buffers;
        std::size_t copied = 0;
    };

    template <class Buffers>
    struct initiate_read {
        socket* self;
        template <class Handler>
        void operator()(Handler&& h, const Buffers& b) const {
            using type = read_op<std::decay_t<Handler>, Buffers>;
            auto* waiter = make_with_handler<type>(*self->ctx_, std::forward<Handler>(h), b);
            if (asio::buffer_size(b) == 0) // Asio: completes at once, receives nothing
                self->ctx_->make_ready(*waiter);
            else
                self->begin_receive(*waiter);
        }
    };

    template <class Waiter>
    void begin_receive(Waiter& w) {
        if (!is_open()) {
            w.error = asio::error::bad_descriptor;
            ctx_->make_ready(w);
            return;
        }
        connect_slot(&w, cancel_waiter{&w});
        receiver_->start(w);
    }

    void* in_file(const file_place& place) noexcept;

    context* ctx_;
    unique_fd fd_;
    bool trusted_ = false;
    bool nonblocking_ = false;
    receiver* receiver_; // owns itself, see there
};

} // namespace ringlet::io
