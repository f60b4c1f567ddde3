#include "io/epoll_backend.hpp"

#include "base/unique_fd.hpp"
#include "io/file_call.hpp"
#include "io/file_threads.hpp"
#include "io/op_list.hpp"
#include "io/socket_call.hpp"
#include "io/system_call.hpp"
#include "io/watch_table.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace ringlet::io {
namespace {

constexpr unsigned accepts_most = 64; // before others have their turn
// How often the loop may go round with what completed at once before it asks for events again.
constexpr unsigned rounds_most = 8;
constexpr std::uint32_t ended_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Every operation is tried when it starts, and again when epoll says that it is worth it. A
/// descriptor is registered once, edge-triggered, when something has to wait for it first.
class epoll_backend final : public backend {
  public:
    explicit epoll_backend(buffer_options options);
    ~epoll_backend() override { close_all(); }

    std::string_view name() const noexcept override { return "epoll"; }
    void submit(op& o) override;
    void cancel(op& o) override;
    void cancel_descriptor(int fd) override;
    void cancel_all() override;
    void close(int fd) override { closing_.push_back(fd); }
    bool wait(std::optional<clock::duration> timeout, task_list& ready) override;
    void wake() noexcept override;
    std::size_t in_flight() const noexcept override { return in_flight_; }
    unsigned buffer_count() const noexcept override { return options_.count; }
    const char* buffer(std::uint16_t number) const noexcept override {
        return buffers_.get() + std::size_t{number} * options_.bytes;
    }
    void give_back(std::uint16_t number) noexcept override { free_buffers_.push_back(number); }

  private:
    void start_all(task_list& ready);
    void start(op& o, task_list& ready);
    void start_file(op& o, task_list& ready);
    int prepare(const op& o) noexcept;
    bool attempt(op& o, task_list& ready);
    bool accept(op& o, watched& w, task_list& ready);
    bool receive(op& o, watched& w, task_list& ready);
    bool send(op& o, task_list& ready);
    bool connect(op& o, const watched& w, task_list& ready);
    void end_cancelled(task_list& ready);
    void close_all() noexcept;
    void poll(int timeout_ms, task_list& ready);
    void happened(int fd, std::uint32_t events, task_list& ready);
    void retry(op_list& waiting, task_list& ready);
    void complete(op& o, int result, std::uint32_t flags, task_list& ready) noexcept;
    void cancel_waiting(op_list& waiting) noexcept;
    void cancel_waiting(watched& w) noexcept;
    template <class Predicate>
    void cancel_submitted(Predicate concerned) noexcept;

    buffer_options options_;
    std::unique_ptr<char[]> buffers_;
    std::vector<std::uint16_t> free_buffers_;
    unique_fd wake_fd_;
    watch_table watched_;
    op_list submitted_;
    op_list cancelled_;
    std::vector<int> closing_;
    std::size_t in_flight_ = 0;
    unsigned rounds_ = 0; // since events were asked for
    file_threads files_;
};

epoll_backend::epoll_backend(buffer_options options)
    : options_(options),
      buffers_(std::make_unique_for_overwrite<char[]>(std::size_t{options.count} * options.bytes)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      files_([this] { wake(); }) {
    if (watched_.epoll_fd() < 0 || !wake_fd_)
        fail("no descriptor for epoll; raise the open files limit (ulimit -n)");
    free_buffers_.reserve(options.count);
    for (unsigned i = options.count; i != 0; --i)
        free_buffers_.push_back(static_cast<std::uint16_t>(i - 1));
    epoll_event on_wake{.events = EPOLLIN | EPOLLET, .data = {.fd = wake_fd_.get()}};
    if (::epoll_ctl(watched_.epoll_fd(), EPOLL_CTL_ADD, wake_fd_.get(), &on_wake) < 0)
        fail("epoll cannot be set up");
}

// --- the loop ---

void epoll_backend::submit(op& o) {
    ++in_flight_;
    submitted_.push(o);
}

bool epoll_backend::wait(std::optional<clock::duration> timeout, task_list& ready) {
    start_all(ready);
    end_cancelled(ready);
    close_all();
    const bool busy = !ready.empty();
    if (busy && ++rounds_ < rounds_most)
        return true;
    rounds_ = 0;
    int timeout_ms = -1;
    if (busy)
        timeout_ms = 0;
    else if (timeout) // up: to wake too early is to spin until the time has come
        timeout_ms = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(
                                          std::min<clock::duration>(*timeout, wait_most))
                                          .count());
    poll(timeout_ms, ready);
    return true;
}

void epoll_backend::poll(int timeout_ms, task_list& ready) {
    std::array<epoll_event, 256> events;
    const int n = ::epoll_wait(watched_.epoll_fd(), events.data(), static_cast<int>(events.size()),
                               timeout_ms);
    if (n < 0 && errno != EINTR)
        fail("epoll_wait");
    bool woken = false;
    for (int i = 0; i < n; ++i) {
        const epoll_event& e = events[static_cast<std::size_t>(i)];
        if (e.data.fd == wake_fd_.get())
            woken = true;
        else
            happened(e.data.fd, e.events, ready);
    }
    while (op* o = woken ? files_.collect() : nullptr)
        complete(*o, o->result, 0, ready);
}

void epoll_backend::happened(int fd, std::uint32_t events, task_list& ready) {
    watched& w = watched_[fd];
    const bool ended = (events & ended_events) != 0;
    w.ended |= ended;
    w.urgent |= (events & EPOLLPRI) != 0;
    w.readable |= ended || (events & (EPOLLIN | EPOLLPRI)) != 0;
    if (w.readable)
        retry(w.in, ready);
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
        retry(w.out, ready);
    if (w.ended)
        retry(w.end, ready);
}

void epoll_backend::wake() noexcept {
    // Nobody reads it: each write is an edge. It is full after 2^64 of them.
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_.get(), &one, sizeof one);
}

void epoll_backend::close_all() noexcept {
    for (const int fd : closing_) {
        if (watched_.has_room(fd) && watched_[fd].listens)
            watched_.unwatch(fd); // the socket may live on, in another process
        watched_.forget(fd);
        ::close(fd);
    }
    closing_.clear();
}

void epoll_backend::complete(op& o, int result, std::uint32_t flags, task_list& ready) noexcept {
    if ((flags & arrival_more) == 0) {
        --in_flight_;
        o.cancelled = false;
    }
    hand_over(o, result, flags, ready);
}

// --- starting ---

void epoll_backend::start_all(task_list& ready) {
    while (!submitted_.empty())
        start(submitted_.pop(), ready);
}

void epoll_backend::start(op& o, task_list& ready) {
    if (o.cancelled)
        return complete(o, -ECANCELED, 0, ready);
    if (is_file_call(o.request.code))
        return start_file(o, ready);
    if (const int failed = prepare(o); failed != 0)
        return complete(o, failed, 0, ready);
    op_list& before = watched_.line_for(o);
    if (before.empty() && attempt(o, ready))
        return;
    if (const int failed = watched_.watch(o.request.fd); failed != 0)
        return complete(o, failed, 0, ready);
    before.push(o);
}

/// What has to be before the first attempt.
int epoll_backend::prepare(const op& o) noexcept {
    const int fd = o.request.fd;
    if (const int failed = watched_.reserve(fd); failed != 0)
        return failed;
    const bool connects = o.request.code == opcode::connect;
    if (connects)
        watched_.forget(fd); // a new socket
    const bool would_block = connects || o.request.code == opcode::accept_multishot;
    return would_block && !make_nonblocking(fd) ? -errno : 0;
}

void epoll_backend::start_file(op& o, task_list& ready) {
    const int result = call_cached_file(o.request);
    if (result != -EAGAIN)
        complete(o, result, 0, ready);
    else if (!files_.start(o))
        complete(o, -ENOMEM, 0, ready);
}

// --- attempts: true when the operation has completed ---

bool epoll_backend::attempt(op& o, task_list& ready) {
    watched& w = watched_[o.request.fd];
    switch (o.request.code) {
    case opcode::accept_multishot:
        return w.readable && accept(o, w, ready);
    case opcode::receive:
    case opcode::receive_multishot:
        return w.readable && receive(o, w, ready);
    case opcode::wait_end:
        if (w.ended)
            complete(o, 0, 0, ready);
        return w.ended;
    case opcode::connect:
        return connect(o, w, ready);
    default:
        return send(o, ready);
    }
}

void epoll_backend::retry(op_list& waiting, task_list& ready) {
    while (!waiting.empty() && attempt(waiting.front(), ready))
        waiting.pop();
}

bool epoll_backend::accept(op& o, watched& w, task_list& ready) {
    w.listens = true;
    for (unsigned n = 1;; ++n) {
        const int fd =
            system_call([&] { return ::accept4(o.request.fd, nullptr, nullptr, SOCK_CLOEXEC); });
        if (fd == -EAGAIN) {
            w.readable = false;
            return false;
        }
        const bool more = fd >= 0 && n < accepts_most;
        watched_.forget(fd);
        complete(o, fd, more ? arrival_more : 0, ready);
        if (!more)
            return true;
    }
}

bool epoll_backend::receive(op& o, watched& w, task_list& ready) {
    const unsigned most = o.request.code == opcode::receive ? 1 : multishot_buffers;
    for (unsigned n = 1;; ++n) {
        int got = -ENOBUFS;
        if (!free_buffers_.empty())
            got = system_call([&] {
                return ::recv(o.request.fd, const_cast<char*>(buffer(free_buffers_.back())),
                              options_.bytes, MSG_DONTWAIT);
            });
        if (got == -EAGAIN) {
            w.readable = false;
            return false;
        }
        if (got <= 0) {
            complete(o, got, 0, ready);
            return true;
        }
        // A short read took all there was. What comes next is an edge, but for what has been said.
        w.readable = got == static_cast<int>(options_.bytes) || w.ended || w.urgent;
        const bool more = o.request.code == opcode::receive_multishot && (n < most || !w.readable);
        const std::uint32_t number = free_buffers_.back();
        free_buffers_.pop_back();
        complete(o, got,
                 (more ? arrival_more : 0) | arrival_has_buffer | number << arrival_buffer_shift,
                 ready);
        if (!more || !w.readable)
            return !more;
    }
}

bool epoll_backend::send(op& o, task_list& ready) {
    const int result = send_rest(o.request);
    if (result == -EAGAIN)
        return false;
    complete(o, result, 0, ready);
    return true;
}

bool epoll_backend::connect(op& o, const watched& w, task_list& ready) {
    const op_request& r = o.request;
    const int result = w.registered ? end_connect(r.fd) : begin_connect(r);
    if (result == -EINPROGRESS)
        return false;
    complete(o, result, 0, ready);
    return true;
}

// --- cancelling: what waits or has not begun is ended by the next wait() ---

void epoll_backend::cancel(op& o) {
    if (is_file_call(o.request.code)) {
        if (files_.cancel(o))
            cancelled_.push(o);
        else
            o.cancelled = true; // too late, or still to be started
        return;
    }
    if (watched_.has_room(o.request.fd) && watched_.line_for(o).remove(o))
        cancelled_.push(o);
    else
        o.cancelled = true;
}

void epoll_backend::cancel_waiting(op_list& waiting) noexcept {
    while (!waiting.empty())
        cancelled_.push(waiting.pop());
}

void epoll_backend::cancel_waiting(watched& w) noexcept {
    cancel_waiting(w.in);
    cancel_waiting(w.out);
    cancel_waiting(w.end);
}

template <class Predicate>
void epoll_backend::cancel_submitted(Predicate concerned) noexcept {
    submitted_.for_each([&](op& o) { o.cancelled |= concerned(o); });
}

void epoll_backend::cancel_descriptor(int fd) {
    if (watched_.has_room(fd))
        cancel_waiting(watched_[fd]);
    cancel_submitted([fd](const op& o) { return o.request.fd == fd; });
}

void epoll_backend::cancel_all() {
    for (watched& w : watched_)
        cancel_waiting(w);
    cancel_submitted([](const op&) { return true; });
    while (op* o = files_.cancel_one())
        cancelled_.push(*o);
}

void epoll_backend::end_cancelled(task_list& ready) {
    while (!cancelled_.empty()) {
        op& o = cancelled_.pop();
        const bool broke_off = is_send(o.request.code) && o.request.offset != 0;
        complete(o, broke_off ? static_cast<int>(o.request.offset) : -ECANCELED, 0, ready);
    }
}

} // namespace

std::unique_ptr<backend> make_epoll_backend(buffer_options options) {
    return std::make_unique<epoll_backend>(options);
}

} // namespace ringlet::io
