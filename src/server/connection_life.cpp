// From a connection's start to its end: who calls it next.
#include "server/connection.hpp"
#include "server/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/this_coro.hpp>

#include <cassert>
#include <utility>

namespace ringlet {

namespace asio = boost::asio;

void connection::start(std::unique_ptr<connection> c) noexcept {
    connection* self = c.release();
    self->shared_.ctx.work_started();
    self->in_loop(&connection::go_on);
}

// Its parts come back to it: what it receives, what it sends, its coroutine, and the function of
// its own that is running. Without any of them it is at its end, be that a good one, a failure or
// the context's.
void connection::let_go() noexcept {
    if (in_loop_ || receiving_ || side_ || departure_ != nullptr)
        return;
    shared_.ctx.work_finished();
    delete this;
}

void connection::fail(const std::exception_ptr& thrown) noexcept {
    broken_ = leaving_ = true;
    socket_.cancel_receive();
    try {
        log(log_level::error, "a connection ended: " + text_of(thrown));
    } catch (...) { // there is no memory even for that
    }
}

void connection::in_loop(void (connection::*step)()) noexcept {
    in_loop_ = true;
    try {
        (this->*step)();
    } catch (...) {
        fail(std::current_exception());
    }
    in_loop_ = false;
    let_go();
}

void connection::go_on() {
    const need what = answer_requests();
    if (what == need::input)
        wait();
    else if (what == need::end)
        leave();
    else
        spawn(what);
}

// For the next request. The answers so far are sent meanwhile.
void connection::wait() {
    if (!out_.empty())
        depart();
    begin_receiving();
    socket_.start_receive(reader_);
}

void connection::request_reader::finished(io::task& t, bool invoke) {
    connection& self = static_cast<request_reader&>(t).owner;
    self.receiving_ = false;
    if (invoke)
        self.in_loop(&connection::waited);
    else
        self.let_go();
}

// Something has come, or all has gone.
void connection::waited() {
    if (departure_ != nullptr)
        reader_.got.make_room();
    if (receiving_ || departure_ != nullptr)
        return; // one after the other
    if (stays_)
        side_->waited.notify();
    else if (!leaving_ && take(reader_.error, std::move(reader_.got)))
        go_on();
    else
        end();
}

void connection::leave() {
    leaving_ = true;
    if (out_.empty() || broken_)
        end();
    else
        depart();
}

void connection::end() {
    deadline_.disarm();
    if (must_linger())
        spawn(need::end);
    else
        socket_.close();
}

// --- where something has to be awaited ---

/// Tells the connection that its coroutine is over, whether it has ended, failed or was destroyed
/// where it waited.
class connection::coroutine_end {
  public:
    explicit coroutine_end(connection& of) noexcept : of_(&of) {}
    coroutine_end(coroutine_end&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    coroutine_end& operator=(coroutine_end&&) = delete;
    void failed(const std::exception_ptr& thrown) const noexcept { of_->fail(thrown); }
    ~coroutine_end() {
        if (of_ == nullptr)
            return;
        of_->stays_ = false;
        of_->side_.reset();
        of_->let_go();
    }

  private:
    connection* of_;
};

// The one before it has ended: if nothing made it wait, Asio ends it in a turn of its own, but its
// answer leaves in a departure, which lands later.
void connection::spawn(need what) {
    assert(!side_);
    side_ = std::make_unique<coroutine_side>(*this);
    auto ended = [end = coroutine_end(*this)](const std::exception_ptr& thrown) {
        if (thrown)
            end.failed(thrown);
    };
    asio::co_spawn(shared_.ctx.get_executor(), serve(what),
                   asio::bind_cancellation_slot(side_->cancelling.slot(), std::move(ended)));
}

// Begins with what is needed. The frame of this coroutine lives as long as that of a handler: what
// is not needed all the time is awaited in functions of its own.
awaitable<void> connection::serve(need what) {
    co_await asio::this_coro::throw_if_cancelled(false); // as cancellation wants it
    bool has_called = false;
    for (; what != need::end; what = answer_requests()) {
        if (what == need::input) {
            wait();
            if (!has_called)
                co_return;
            stays_ = true; // to begin anew for each request costs more than its memory
            auto waiting = side_->waited.async_wait(shared_.ctx, asio::as_tuple(asio::deferred));
            co_await std::move(waiting);
            assert(!receiving_ && departure_ == nullptr);
            stays_ = false;
            if (!take(reader_.error, std::move(reader_.got)))
                break;
            continue;
        }
        if (what == need::call) {
            has_called = true;
            std::exception_ptr thrown;
            watch();
            try {
                x_->answer = co_await call_handler();
            } catch (...) {
                thrown = std::current_exception();
            }
            x_->late.disarm();
            if (side_->cancelling.end())
                co_await asio::this_coro::reset_cancellation_state();
            if (gone_ && !out_.empty())
                co_await flush(); // earlier answers: the client may have ended its own side only
            end_of_handler(thrown);
        }
        if (what == need::answer || !answer_at_once())
            co_await answer();
        end_of_request();
    }
    co_await flush();
    if (must_linger())
        co_await linger();
    deadline_.disarm();
    socket_.close();
}

} // namespace ringlet
