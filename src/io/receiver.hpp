// The receiving half of a socket: one operation, armed again and again, and the bytes it brought.
#pragma once

#include "io/context.hpp"

#include <boost/system/error_code.hpp>

namespace ringlet::io {

using boost::system::error_code;

class receiver;

/// Somebody who waits for bytes. Becomes ready when it was given some, or with an `error`.
struct receive_waiter : task {
    explicit receive_waiter(finish_fn f) noexcept : task(f) {}

    /// Takes what it wants of the bytes, all or a part. At delivery, while the receiver still
    /// lives.
    virtual void take(lease& bytes) = 0;

    error_code error;
    receiver* waits_for = nullptr; // until it is ready; it may outlive the receiver from then on

  protected:
    ~receive_waiter() = default;
};

/// Somebody who is busy with something else, but wants to know what the peer does meanwhile.
class receive_watcher {
  public:
    /// Takes what has come, all of it. Returns whether there is room for more; without, nothing
    /// more is received.
    virtual bool received(std::string_view bytes) = 0;

    /// The peer sends no more, or the connection is lost; there may be bytes that were not
    /// received. (An end of stream that waits behind more bytes than the system takes has not come
    /// yet; a reset comes at once.) The watch is over.
    virtual void ended() = 0;

  protected:
    ~receive_watcher() = default;
};

/// Outlives its socket while the kernel still knows its operation, so it owns itself: abandon()
/// ends it.
///
///                 start()                    bytes, still armed
///       idle ───────────────▶ armed ◀───────────────────────────┐
///        ▲                      │ ├─────────────────────────────┘
///        └──────────────────────┘
///          last arrival: end of stream, error, cancelled, no buffer, or single-shot
///
/// It holds at most a few filled buffers: beyond `held_most` it cancels the operation, and arms it
/// again when the reader comes back for more. The client then meets TCP's flow control.
class receiver final : op, buffer_waiter {
  public:
    receiver(context& ctx, int fd) noexcept;

    /// Gives `w` the next bytes. Only one waiter at a time.
    void start(receive_waiter& w);

    /// Completes the waiter with operation_aborted; false if there is none.
    bool cancel();

    /// Receives no more: the waiter is given what has come until then, else operation_aborted.
    /// Unlike after cancel(), nothing has been taken from the kernel that nobody has seen. False if
    /// there is no waiter.
    bool stop();

    /// Gives `w` what comes while nobody waits for it, until unwatch(). From the loop, not from a
    /// coroutine: it may be told something at once.
    void watch(receive_watcher& w);
    void unwatch() noexcept;

    /// From the next start() on: stay armed after bytes came. Pays from the second request on.
    void stay_armed() noexcept { multishot_ = true; }

    /// The owner is gone: frees this now, or when the kernel lets go, which it is asked to do.
    void abandon();

  private:
    class end_wait;

    static constexpr unsigned held_most = 4;

    ~receiver() = default;
    static void arrived(op& o, int result, std::uint32_t flags) noexcept;
    static void finished(task& t, bool invoke);
    void settle();
    void cancel_armed();
    void keep() noexcept;
    void tell_watcher();
    void end_waited(bool was_cancelled);
    bool deliver();
    void arm();
    void submit();
    void complete_waiter();
    void buffer_returned() override;

    context& ctx_;
    receive_waiter* waiter_ = nullptr;
    receive_watcher* watcher_ = nullptr;
    end_wait* end_wait_ = nullptr; // while the watcher has no room
    lease rest_;
    arrivals held_;
    int error_ = 0; // a negative errno
    bool multishot_ = false;
    bool armed_ = false;
    bool cancelling_ = false;
    bool stopping_ = false; // until the waiter has been told
    bool ended_ = false;    // the peer sends no more
    bool abandoned_ = false;
};

} // namespace ringlet::io
