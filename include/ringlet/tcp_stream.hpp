// A connected stream, for handlers that speak another protocol or ask another server.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/role.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace ringlet {

namespace detail {

struct socket_state;

/// An operation under way with the handler that waits for it, as the library sees it. Ends with one
/// of the two calls, which free it.
class socket_operation {
  public:
    virtual void complete(boost::system::error_code e, std::size_t bytes) = 0;
    virtual void discard() noexcept = 0; // with the context: the handler is not called
    boost::asio::cancellation_slot slot() const noexcept { return slot_; }

  protected:
    explicit socket_operation(boost::asio::cancellation_slot slot) noexcept : slot_(slot) {}
    ~socket_operation() = default;

  private:
    boost::asio::cancellation_slot slot_;
};

const boost::asio::any_io_executor& executor_of(const socket_state& s) noexcept;

// They take `o` over, whatever happens.
void start_read(socket_state& s, boost::asio::mutable_buffer into, socket_operation& o);
void start_write(socket_state& s, std::span<const boost::asio::const_buffer> from,
                 socket_operation& o);
void start_teardown(socket_state& s, socket_operation& o);

/// Lives in memory of the handler's allocator. `Sized`: the handler takes the number of bytes.
template <class Handler, bool Sized>
class handler_operation final : public socket_operation {
  public:
    template <class H>
    static handler_operation& create(const socket_state& s, H&& h) {
        allocator a = allocator_of(h);
        handler_operation* self = std::allocator_traits<allocator>::allocate(a, 1);
        try {
            return *new (self) handler_operation(executor_of(s), std::forward<H>(h));
        } catch (...) {
            std::allocator_traits<allocator>::deallocate(a, self, 1);
            throw;
        }
    }

    void complete(boost::system::error_code e, std::size_t bytes) override {
        auto elsewhere = std::move(elsewhere_);
        Handler h = release();
        if (!elsewhere)
            call(h, e, bytes);
        else
            boost::asio::dispatch(*elsewhere,
                                  [h = std::move(h), e, bytes]() mutable { call(h, e, bytes); });
    }

    void discard() noexcept override { release(); }

  private:
    using executor_type = boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>;
    using tracked_executor = std::decay_t<decltype(boost::asio::prefer(
        std::declval<const executor_type&>(), boost::asio::execution::outstanding_work.tracked))>;
    using allocator = typename std::allocator_traits<boost::asio::associated_allocator_t<
        Handler, boost::asio::recycling_allocator<void>>>::template rebind_alloc<handler_operation>;

    template <class H>
    handler_operation(const boost::asio::any_io_executor& ring, H&& h)
        : socket_operation(boost::asio::get_associated_cancellation_slot(h)),
          handler_(std::forward<H>(h)) {
        const auto ex = boost::asio::get_associated_executor(handler_, ring);
        if (!same(ex, ring))
            elsewhere_.emplace(
                boost::asio::prefer(ex, boost::asio::execution::outstanding_work.tracked));
    }

    static allocator allocator_of(const Handler& h) noexcept {
        return allocator(
            boost::asio::get_associated_allocator(h, boost::asio::recycling_allocator<void>()));
    }

    static bool same(const executor_type& ex, const boost::asio::any_io_executor& ring) noexcept {
        if constexpr (std::is_base_of_v<boost::asio::any_io_executor, executor_type>)
            return static_cast<const boost::asio::any_io_executor&>(ex) == ring;
        else
            return false;
    }

    static void call(Handler& h, boost::system::error_code e, std::size_t bytes) {
        if constexpr (Sized)
            std::move(h)(e, bytes);
        else
            std::move(h)(e);
    }

    // The memory is free before the handler runs, for what it starts next.
    Handler release() {
        Handler h = std::move(handler_);
        allocator a = allocator_of(h);
        this->~handler_operation();
        std::allocator_traits<allocator>::deallocate(a, this, 1);
        return h;
    }

    Handler handler_;
    std::optional<tracked_executor> elsewhere_; // where the handler belongs, if not on the ring
};

struct initiate_read {
    socket_state* state;
    template <class Handler, class Buffers>
    void operator()(Handler&& h, const Buffers& buffers) const {
        using operation = handler_operation<std::decay_t<Handler>, true>;
        boost::asio::mutable_buffer into;
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto i = boost::asio::buffer_sequence_begin(buffers); i != end && into.size() == 0;
             ++i)
            into = *i;
        start_read(*state, into, operation::create(*state, std::forward<Handler>(h)));
    }
};

struct initiate_write {
    socket_state* state;
    template <class Handler, class Buffers>
    void operator()(Handler&& h, const Buffers& buffers) const {
        using operation = handler_operation<std::decay_t<Handler>, true>;
        std::array<boost::asio::const_buffer, 16> parts; // as many as one send gathers
        std::size_t count = 0;
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto i = boost::asio::buffer_sequence_begin(buffers);
             i != end && count != parts.size(); ++i)
            if (const boost::asio::const_buffer b(*i); b.size() != 0)
                parts[count++] = b;
        start_write(*state, {parts.data(), count},
                    operation::create(*state, std::forward<Handler>(h)));
    }
};

} // namespace detail

/// A connected TCP stream on the ring, from connect() or from the server. It models Asio's
/// AsyncReadStream and AsyncWriteStream, so that asio::async_read(), asio::async_read_until(),
/// asio::async_write(), Beast's HTTP functions and beast::websocket::stream work on it. Without a
/// completion token they can be awaited, and throw boost::system::system_error:
///
///     co_await asio::async_write(s, asio::buffer(question));
///     const std::size_t n = co_await s.async_read_some(asio::buffer(answer));
///
/// One read and one write at a time, all on the thread of the coroutine that got it, and not beyond
/// the server's run(). Cancelling through a cancellation slot, as `a || b` does, ends a write in
/// the kernel; an async_read_some() that is cancelled loses no bytes. Handlers that are pending
/// when the server ends are destroyed, not called.
///
/// As with Asio's own streams that have a default token, asio::async_read() cannot tell a third
/// argument's purpose: give it both, as in `asio::async_read(s, buffers, asio::transfer_all(),
/// token)`, or neither.
class tcp_stream {
  public:
    using executor_type =
        boost::asio::use_awaitable_t<>::executor_with_default<boost::asio::any_io_executor>;
    using lowest_layer_type = tcp_stream;

    /// No connection: to be assigned to. But for is_open(), close() and cancel() nothing may be
    /// called on it, or on a tcp_stream that was moved from.
    tcp_stream() noexcept = default;
    /// For the library.
    explicit tcp_stream(std::shared_ptr<detail::socket_state> s) noexcept : state_(std::move(s)) {}
    tcp_stream(tcp_stream&& other) noexcept = default;
    tcp_stream& operator=(tcp_stream&& other) noexcept {
        if (this != &other) {
            close();
            state_ = std::move(other.state_);
        }
        return *this;
    }
    ~tcp_stream() { close(); }

    executor_type get_executor() const noexcept { return detail::executor_of(*state_); }
    lowest_layer_type& lowest_layer() noexcept { return *this; }
    const lowest_layer_type& lowest_layer() const noexcept { return *this; }

    /// Whether it has a descriptor; the peer may be gone all the same.
    bool is_open() const noexcept;

    /// Completes with (error_code, std::size_t) when some bytes have come, into the first of
    /// `buffers` that is not empty; asio::error::eof at the end of the stream.
    template <class Buffers, class Token = boost::asio::default_completion_token_t<executor_type>>
    auto async_read_some(const Buffers& buffers, Token&& token = Token()) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            detail::initiate_read{state_.get()}, token, buffers);
    }

    /// Completes with (error_code, std::size_t) when some bytes of up to 16 buffers are sent.
    template <class Buffers, class Token = boost::asio::default_completion_token_t<executor_type>>
    auto async_write_some(const Buffers& buffers, Token&& token = Token()) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            detail::initiate_write{state_.get()}, token, buffers);
    }

    /// Ends what is under way with asio::error::operation_aborted. The tcp_stream stays open.
    void cancel();

    /// Sends no more; the peer sees the end of the stream after what was sent.
    void shutdown_send() noexcept;

    /// Cancels, and closes. Closing with bytes unread resets the connection.
    void close();

    /// The peer's address without its port, as request::peer() has it; empty when the connection is
    /// gone.
    std::string remote_address() const;

  private:
    // What beast::websocket::stream asks of the stream beneath it; found by the type of argument.

    /// Says that no more comes, and reads what the peer still sends until its end, so that closing
    /// does not reset the connection.
    template <class Handler>
    friend void async_teardown(boost::beast::role_type, tcp_stream& s, Handler&& h) {
        using operation = detail::handler_operation<std::decay_t<Handler>, false>;
        detail::start_teardown(*s.state_, operation::create(*s.state_, std::forward<Handler>(h)));
    }

    /// When Beast's own timeout has passed.
    friend void beast_close_socket(tcp_stream& s) { s.close(); }

    std::shared_ptr<detail::socket_state> state_;
};

} // namespace ringlet
