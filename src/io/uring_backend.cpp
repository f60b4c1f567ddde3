#include "io/uring_backend.hpp"

#include "base/unique_fd.hpp"
#include "io/direct_sends.hpp"
#include "io/mapping.hpp"
#include "io/op_list.hpp"
#include "io/socket_call.hpp"
#include "io/uring_kernel.hpp"
#include "io/uring_probe.hpp"
#include "io/uring_request.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>

#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace ringlet::io {
namespace {

constexpr unsigned io_wq_workers = 8; // of each kind: cold files, and see direct_sends

// What is sent is copied while the kernel is told to, 512 KiB in some 100 us. So long sends go
// behind all others, and in a turn no more of them than take about as long as its other work: small
// answers wait for little, and large ones have half of the time.
constexpr std::uint32_t long_send_bytes = 64 * 1024;
constexpr std::uint64_t least_bytes_in_turn = 512 * 1024;
constexpr std::uint64_t bytes_per_completion = 16 * 1024;

// What a completion belongs to, where it is no operation.
constexpr std::uint64_t nobody = 0;
constexpr std::uint64_t wake_up = 1;
constexpr std::uint64_t writable = 2;

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
}

class ring_handle {
  public:
    ring_handle() {
        if (const int opened = open_ring(ring); opened < 0)
            throw std::runtime_error(explain_ring_failure(-opened));
    }
    ring_handle(const ring_handle&) = delete;
    ring_handle& operator=(const ring_handle&) = delete;
    ~ring_handle() { io_uring_queue_exit(&ring); }

    io_uring ring{};
};

constexpr bool is_receive(opcode code) noexcept {
    return code == opcode::receive || code == opcode::receive_multishot;
}

/// A send that has not done all it was to do, for whatever reason.
bool stopped_short(const op& o, int result) noexcept {
    const op_request& r = o.request;
    if (result >= 0)
        return r.whole && static_cast<std::uint32_t>(result) < r.size;
    return is_send(r.code) && (result == -EAGAIN || result == -EINTR);
}

class uring_backend final : public backend {
  public:
    explicit uring_backend(buffer_options options);
    ~uring_backend() override;

    std::string_view name() const noexcept override { return "io_uring"; }
    void submit(op& o) override;
    void cancel(op& o) override;
    void cancel_descriptor(int fd) override;
    void close(int fd) override;
    bool wait(std::optional<clock::duration> timeout, task_list& ready) override;
    void wake() noexcept override;
    std::size_t in_flight() const noexcept override { return in_flight_; }
    void cancel_all() override;
    bool has_wait_readable() const noexcept override { return true; }
    bool received_at_once() const noexcept override { return received_at_once_; }
    unsigned buffer_count() const noexcept override { return options_.count; }
    const char* buffer(std::uint16_t number) const noexcept override {
        return static_cast<const char*>(buffer_memory_.data()) +
               std::size_t{number} * options_.bytes;
    }
    void give_back(std::uint16_t number) noexcept override;

  private:
    io_uring_sqe* next_sqe();
    int enter(unsigned wait_for, std::optional<clock::duration> timeout);
    void reap(task_list& ready);
    void arrived(const io_uring_cqe& cqe, task_list& ready);
    void arm_wake();
    void start(op& o);
    void start_long_sends();
    void start_long_sends_to(int fd);
    void send_directly(op& o, task_list& ready);
    void break_off(op& o, task_list& ready);
    void end_direct(op& o, int result, task_list& ready);
    void poll_direct();

    buffer_options options_;
    mapping buffer_ring_memory_;
    mapping buffer_memory_;
    unique_fd wake_fd_;
    ring_handle handle_; // after the memory it uses, so that it is closed first
    io_uring& ring_ = handle_.ring;
    io_uring_buf_ring* buffers_;
    unsigned enter_flags_ = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
    std::size_t in_flight_ = 0;
    std::uint64_t wake_count_ = 0; // where the kernel puts what it reads from wake_fd_
    bool wake_armed_ = false;
    bool receives_begun_ = false;
    bool received_at_once_ = false;
    unsigned multishot_bytes_ = 0; // after which a multishot receive ends; 0: never
    task_list early_;    // completed while making room in a full submission queue, or directly
    op_list long_sends_; // not started yet
    std::uint64_t completed_ = 0; // in the last turn
    direct_sends direct_;
    bool direct_polled_ = false;
    bool direct_writable_ = false;
};

uring_backend::uring_backend(buffer_options options)
    : options_(options),
      buffer_ring_memory_(options.count * sizeof(io_uring_buf)),
      buffer_memory_(std::size_t{options.count} * options.bytes),
      wake_fd_(eventfd(0, EFD_CLOEXEC)),
      buffers_(static_cast<io_uring_buf_ring*>(buffer_ring_memory_.data())) {
    if (!wake_fd_)
        fail(errno, "no descriptor for waking the loop");

    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(buffers_);
    registration.ring_entries = options.count;
    registration.bgid = buffer_group;
    if (const int e = io_uring_register_buf_ring(&ring_, &registration, 0); e < 0)
        fail(-e, "io_uring has no provided buffers; Linux 6.0 or newer is needed");
    io_uring_buf_ring_init(buffers_);
    for (unsigned i = 0; i < options.count; ++i)
        give_back(static_cast<std::uint16_t>(i));

    if (limits_multishot(ring_))
        multishot_bytes_ = multishot_buffers * options_.bytes;
    unsigned workers[2] = {io_wq_workers, io_wq_workers};
    io_uring_register_iowq_max_workers(&ring_, workers); // the default is only larger
    if (io_uring_register_ring_fd(&ring_) == 1)
        enter_flags_ |= IORING_ENTER_REGISTERED_RING;
    if (ring_.features & kernel::feature_no_iowait)
        enter_flags_ |= kernel::enter_no_iowait;
}

// Closing the ring ends what is in flight only some time later, and until then the kernel may write
// to wake_count_.
uring_backend::~uring_backend() {
    io_uring_sync_cancel_reg wake_read{};
    wake_read.addr = wake_up;
    wake_read.timeout = {-1, -1}; // none
    if (wake_armed_)
        io_uring_register_sync_cancel(&ring_, &wake_read);
}

// A full queue is handed to the kernel first; with SUBMIT_ALL that empties it. A kernel that takes
// nothing, because completions overflow, does when they have been collected.
io_uring_sqe* uring_backend::next_sqe() {
    for (;;) {
        if (io_uring_sqe* sqe = io_uring_get_sqe(&ring_))
            return sqe;
        if (enter(0, clock::duration::zero()) == 0)
            reap(early_);
    }
}

void uring_backend::submit(op& o) {
    ++in_flight_;
    if (is_send(o.request.code) && direct_.takes(o))
        send_directly(o, early_);
    else if (is_send(o.request.code) && o.request.size >= long_send_bytes)
        long_sends_.push(o);
    else
        start(o);
}

void uring_backend::start(op& o) {
    io_uring_sqe* sqe = next_sqe();
    prepare(*sqe, o.request, multishot_bytes_);
    io_uring_sqe_set_data(sqe, &o);
    receives_begun_ = receives_begun_ || is_receive(o.request.code);
}

// At least one, however long.
void uring_backend::start_long_sends() {
    const std::uint64_t most = std::max(least_bytes_in_turn, completed_ * bytes_per_completion);
    for (std::uint64_t bytes = 0; !long_sends_.empty() && bytes < most;) {
        op& o = long_sends_.pop();
        bytes += o.request.size;
        start(o);
    }
}

// Before they are cancelled, or their descriptor closed.
void uring_backend::start_long_sends_to(int fd) {
    op_list others;
    while (!long_sends_.empty()) {
        op& o = long_sends_.pop();
        if (o.request.fd == fd)
            start(o);
        else
            others.push(o);
    }
    long_sends_ = others;
}

void uring_backend::cancel(op& o) {
    if (is_send(o.request.code)) {
        if (long_sends_.remove(o))
            start(o);
        if (direct_.waits(o))
            return break_off(o, early_);
        direct_.call_off(o);
    }
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_cancel(sqe, &o, 0);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, nobody);
}

void uring_backend::cancel_descriptor(int fd) {
    start_long_sends_to(fd);
    direct_.call_off(fd);
    if (op* o = direct_.waiting_for(fd))
        break_off(*o, early_);
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_cancel_fd(sqe, fd, IORING_ASYNC_CANCEL_ALL);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, nobody);
}

void uring_backend::close(int fd) {
    start_long_sends_to(fd);
    if (!direct_.may_close(fd))
        return;
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_close(sqe, fd);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(sqe, nobody);
}

void uring_backend::cancel_all() {
    while (!long_sends_.empty())
        start(long_sends_.pop());
    direct_.call_off_all();
    direct_.for_each_waiting([&](op& o) { break_off(o, early_); });
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_cancel64(sqe, 0, IORING_ASYNC_CANCEL_ANY | IORING_ASYNC_CANCEL_ALL);
    io_uring_sqe_set_data64(sqe, nobody);
}

bool uring_backend::wait(std::optional<clock::duration> timeout, task_list& ready) {
    if (!wake_armed_)
        arm_wake();
    if (direct_.any_waits() && !direct_polled_)
        poll_direct();
    start_long_sends();
    received_at_once_ = std::exchange(receives_begun_, false);
    const bool waits = timeout != clock::duration::zero() && early_.empty() && long_sends_.empty();
    enter(waits ? 1 : 0, timeout);
    ready.splice(early_);
    reap(ready);
    if (std::exchange(direct_writable_, false))
        direct_.for_each_writable([&](op& o) { send_directly(o, ready); });
    return true;
}

// What liburing's submit_and_wait_timeout does, with the flags that its 2.3 does not take.
int uring_backend::enter(unsigned wait_for, std::optional<clock::duration> timeout) {
    io_uring_sq& sq = ring_.sq;
    if (sq.sqe_head != sq.sqe_tail) {
        sq.sqe_head = sq.sqe_tail;
        std::atomic_ref(*sq.ktail).store(sq.sqe_tail, std::memory_order_release);
    }
    const unsigned to_submit =
        sq.sqe_tail - std::atomic_ref(*sq.khead).load(std::memory_order_acquire);

    __kernel_timespec ts{};
    io_uring_getevents_arg arg{};
    arg.sigmask_sz = _NSIG / 8;
    if (timeout && wait_for != 0) {
        const auto ns =
            std::chrono::nanoseconds(std::min<clock::duration>(*timeout, wait_most)).count();
        ts.tv_sec = ns / 1'000'000'000;
        ts.tv_nsec = ns % 1'000'000'000;
        arg.ts = reinterpret_cast<std::uintptr_t>(&ts);
    }
    const int entered =
        io_uring_enter2(static_cast<unsigned>(ring_.enter_ring_fd), to_submit, wait_for,
                        enter_flags_, reinterpret_cast<sigset_t*>(&arg), sizeof arg);
    switch (entered) {
    case -ETIME:  // nothing came in time
    case -EINTR:  // a signal; the loop looks round and waits again
    case -EAGAIN: // no memory for a request: what is left in the queue goes with the next enter
    case -EBUSY:  // completions overflowed: reap them, then go on
        return 0;
    default:
        if (entered < 0)
            fail(-entered, "io_uring_enter");
        return entered;
    }
}

void uring_backend::reap(task_list& ready) {
    io_uring_cq& cq = ring_.cq;
    unsigned head = *cq.khead;
    const unsigned tail = std::atomic_ref(*cq.ktail).load(std::memory_order_acquire);
    completed_ = tail - head;
    for (; head != tail; ++head)
        arrived(cq.cqes[head & cq.ring_mask], ready);
    std::atomic_ref(*cq.khead).store(head, std::memory_order_release);
}

void uring_backend::arrived(const io_uring_cqe& cqe, task_list& ready) {
    if (cqe.user_data == nobody)
        return;
    if (cqe.user_data == wake_up) {
        wake_armed_ = false;
        return;
    }
    if (cqe.user_data == writable) {
        direct_polled_ = false;
        direct_writable_ = true;
        return;
    }
    auto& o = *reinterpret_cast<op*>(static_cast<std::uintptr_t>(cqe.user_data));
    int result = cqe.res;
    if (stopped_short(o, result)) {
        if (direct_.take_over(o, result))
            return send_directly(o, ready);
        result = result < 0 ? -ECANCELED : result;
    }
    const bool more = (cqe.flags & IORING_CQE_F_MORE) != 0;
    if (!more)
        --in_flight_;
    std::uint32_t flags = more ? arrival_more : 0;
    if (cqe.flags & IORING_CQE_F_BUFFER)
        flags |=
            arrival_has_buffer | (cqe.flags >> IORING_CQE_BUFFER_SHIFT << arrival_buffer_shift);
    hand_over(o, result, flags, ready);
}

void uring_backend::arm_wake() {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_read(sqe, wake_fd_.get(), &wake_count_, sizeof wake_count_, 0);
    io_uring_sqe_set_data64(sqe, wake_up);
    wake_armed_ = true;
}

// --- sends without the ring ---

void uring_backend::send_directly(op& o, task_list& ready) {
    const int result = send_rest(o.request);
    if (result != -EAGAIN)
        end_direct(o, result, ready);
    else if (!direct_.wait(o))
        break_off(o, ready);
}

void uring_backend::break_off(op& o, task_list& ready) {
    const auto sent = static_cast<int>(o.request.offset);
    end_direct(o, sent != 0 ? sent : -ECANCELED, ready);
}

void uring_backend::end_direct(op& o, int result, task_list& ready) {
    --in_flight_;
    if (direct_.release(o))
        close(o.request.fd);
    hand_over(o, result, 0, ready);
}

void uring_backend::poll_direct() {
    io_uring_sqe* sqe = next_sqe();
    io_uring_prep_poll_add(sqe, direct_.epoll_fd(), POLLIN);
    io_uring_sqe_set_data64(sqe, writable);
    direct_polled_ = true;
}

void uring_backend::wake() noexcept {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the loop is awake anyway.
    [[maybe_unused]] const ssize_t written = write(wake_fd_.get(), &one, sizeof one);
}

void uring_backend::give_back(std::uint16_t number) noexcept {
    io_uring_buf_ring_add(buffers_, const_cast<char*>(buffer(number)), options_.bytes, number,
                          io_uring_buf_ring_mask(options_.count), 0);
    io_uring_buf_ring_advance(buffers_, 1);
}

} // namespace

std::unique_ptr<backend> make_uring_backend(buffer_options options) {
    if (const std::string why = why_not_uring(probe_uring()); !why.empty())
        throw std::runtime_error(why);
    return std::make_unique<uring_backend>(options);
}

} // namespace ringlet::io
