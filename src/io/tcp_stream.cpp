#include "io/tcp_stream.hpp"

#include "ringlet/limits.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

namespace ringlet {
namespace detail {

namespace asio = boost::asio;
using boost::system::error_code;

/// Looks out for the peer's end whenever nothing is being read.
class end_watch final : io::wait_observer, io::receive_watcher {
  public:
    end_watch(io::socket& s, std::string& rest, unread_end end)
        : stream_(s), rest_(rest), end_(std::move(end)) {}
    end_watch(const end_watch&) = delete;
    end_watch& operator=(const end_watch&) = delete;
    ~end_watch() { stop(); }

    void begin() { context().before_wait(*this); }
    void stop() noexcept {
        unlink();
        stream_.unwatch();
        patience_.disarm();
    }

  private:
    struct patience final : io::deadline {
        explicit patience(end_watch& w) noexcept : deadline(&expired), owner(w) {}
        static void expired(io::deadline& d) {
            const auto tell = static_cast<patience&>(d).owner.end_.tell; // may destroy the watch
            tell();
        }
        end_watch& owner;
    };

    io::context& context() const noexcept { return stream_.get_executor().owner(); }
    void about_to_wait() override { stream_.watch(*this); }
    bool received(std::string_view bytes) override {
        rest_.append(bytes);
        return rest_.size() < limits::ahead_bytes;
    }
    void ended() override { end_.patience.arm(patience_, context().now()); }

    io::socket& stream_;
    std::string& rest_;
    unread_end end_;
    patience patience_{*this};
};

/// Lives as long as its stream, or an operation on it.
struct socket_state : std::enable_shared_from_this<socket_state> {
    socket_state(io::socket s, std::string received)
        : stream(std::move(s)), executor(stream.get_executor()), rest(std::move(received)) {}

    void cancel() {
        if (writing) // the kernel looks for it among all operations of the context
            stream.cancel();
        else
            stream.cancel_receive();
    }

    void begin_read() noexcept {
        if (watch)
            watch->stop();
    }

    // Who was told of the end by a read needs no watch.
    void end_read(const error_code& e) {
        if (watch && stream.is_open() && (!e || e == asio::error::operation_aborted))
            watch->begin();
    }

    void close() {
        watch.reset();
        cancel();
        stream.close();
        rest = {};
    }

    /// Moves bytes of the rest into `into`.
    std::size_t take_rest(asio::mutable_buffer into) {
        const std::size_t n = asio::buffer_copy(into, asio::buffer(rest));
        rest.erase(0, n);
        if (rest.empty())
            rest = {}; // an idle stream holds no buffer
        return n;
    }

    io::socket stream;
    asio::any_io_executor executor;
    // What a read had no room for: while its reader does something else, the provided buffer it
    // came in belongs to others.
    std::string rest;
    std::unique_ptr<end_watch> watch; // none for most; begun when no read is pending
    bool writing = false;
};

namespace {

struct discard_operation {
    void operator()(socket_operation* o) const noexcept { o->discard(); }
};
using owned_operation = std::unique_ptr<socket_operation, discard_operation>;

/// What the ring calls.
struct waiting {
    using cancellation_slot_type = asio::cancellation_slot;
    cancellation_slot_type get_cancellation_slot() const noexcept { return operation->slot(); }

    void complete(error_code e, std::size_t bytes) { operation.release()->complete(e, bytes); }

    std::shared_ptr<socket_state> state;
    owned_operation operation;
};

struct waiting_read : waiting {
    void operator()(error_code e, io::lease got) {
        std::size_t n = 0;
        if (!e) {
            const std::string_view bytes = got.bytes();
            n = asio::buffer_copy(into, asio::buffer(bytes.data(), bytes.size()));
            if (state->stream.is_open())
                state->rest.assign(bytes.substr(n));
            got.release();
        }
        end(e, n);
    }
    void end(error_code e, std::size_t n) {
        state->end_read(e);
        complete(e, n);
    }
    asio::mutable_buffer into;
};

struct waiting_write : waiting {
    waiting_write(std::shared_ptr<socket_state> s, owned_operation o) noexcept
        : waiting{std::move(s), std::move(o)} {
        state->writing = true;
    }
    waiting_write(waiting_write&&) noexcept = default;
    waiting_write& operator=(waiting_write&&) = delete;
    ~waiting_write() {
        if (state != nullptr)
            state->writing = false;
    }
    void operator()(error_code e, std::size_t bytes) {
        std::exchange(state, nullptr)->writing = false; // the handler may write again
        complete(e, bytes);
    }
};

struct waiting_teardown : waiting {
    void operator()(error_code e, const io::lease&) {
        socket_state& s = *state;
        if (!e)
            return s.stream.async_receive(std::move(*this));
        s.close();
        complete(e == asio::error::eof ? error_code() : e, 0);
    }
};

} // namespace

const asio::any_io_executor& executor_of(const socket_state& s) noexcept {
    return s.executor;
}

void start_read(socket_state& s, asio::mutable_buffer into, socket_operation& o) {
    waiting_read w{{s.shared_from_this(), owned_operation(&o)}, into};
    s.begin_read();
    if (s.rest.empty() && into.size() != 0) {
        s.stream.async_receive(std::move(w));
        return;
    }
    const std::size_t n = s.take_rest(into);
    asio::post(s.stream.get_executor(), [n, read = std::move(w)]() mutable { read.end({}, n); });
}

void start_write(socket_state& s, std::span<const asio::const_buffer> from, socket_operation& o) {
    s.stream.async_write_some(from, waiting_write(s.shared_from_this(), owned_operation(&o)));
}

void start_teardown(socket_state& s, socket_operation& o) {
    waiting_teardown w{{s.shared_from_this(), owned_operation(&o)}};
    s.watch.reset();
    s.stream.shutdown_send();
    s.stream.async_receive(std::move(w));
}

tcp_stream make_tcp_stream(io::socket s, std::string received) {
    return tcp_stream(std::make_shared<socket_state>(std::move(s), std::move(received)));
}

tcp_stream make_tcp_stream(io::socket s, std::string received, unread_end end) {
    auto state = std::make_shared<socket_state>(std::move(s), std::move(received));
    state->watch = std::make_unique<end_watch>(state->stream, state->rest, std::move(end));
    state->watch->begin();
    return tcp_stream(std::move(state));
}

} // namespace detail

bool tcp_stream::is_open() const noexcept {
    return state_ != nullptr && state_->stream.is_open();
}

void tcp_stream::cancel() {
    if (is_open())
        state_->cancel();
}

void tcp_stream::shutdown_send() noexcept {
    state_->stream.shutdown_send();
}

void tcp_stream::close() {
    if (is_open())
        state_->close();
}

std::string tcp_stream::remote_address() const {
    boost::asio::ip::tcp::endpoint peer;
    auto length = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(state_->stream.native_handle(), peer.data(), &length) != 0 ||
        (peer.data()->sa_family != AF_INET && peer.data()->sa_family != AF_INET6))
        return {};
    const boost::asio::ip::address a = peer.address();
    if (a.is_v6() && a.to_v6().is_v4_mapped())
        return make_address_v4(boost::asio::ip::v4_mapped, a.to_v6()).to_string();
    return a.to_string();
}

} // namespace ringlet
