#include "io/memory_backend.hpp"

#include "io/context.hpp"
#include "io/file_call.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <span>
#include <sys/uio.h>

namespace ringlet::io {
namespace {

constexpr int first_fd = 1 << 30; // beyond all that a process can open

/// Appends up to `most` of the bytes in `parts`, without the first `skip`.
void append(std::string& to, std::span<const iovec> parts, std::size_t skip, std::size_t most) {
    for (const iovec& part : parts) {
        const std::size_t skipped = std::min(skip, part.iov_len);
        const std::size_t n = std::min(most, part.iov_len - skipped);
        to.append(static_cast<const char*>(part.iov_base) + skipped, n);
        skip -= skipped;
        most -= n;
    }
}

} // namespace

memory_backend::memory_backend(memory_options options)
    : options_(options),
      buffers_(std::make_unique<char[]>(std::size_t{options.buffer_count} * options.buffer_bytes)),
      free_buffers_(options.buffer_count),
      next_fd_(first_fd) {
    std::iota(free_buffers_.begin(), free_buffers_.end(), std::uint16_t{0});
}

memory_backend::~memory_backend() {
    for (const auto& [fd, s] : streams_) // no socket had taken them over
        s->server_ended = s->server_closed = true;
}

memory_connection memory_backend::connect() {
    auto stream = std::make_shared<memory_stream>();
    streams_.emplace(next_fd_, stream);
    return {unique_fd(next_fd_++), memory_client(std::move(stream))};
}

const char* memory_backend::buffer(std::uint16_t number) const noexcept {
    return buffers_.get() + std::size_t{number} * options_.buffer_bytes;
}

memory_stream* memory_backend::find(int fd) const noexcept {
    const auto found = streams_.find(fd);
    return found != streams_.end() ? found->second.get() : nullptr;
}

void memory_backend::submit(op& o) {
    in_flight_.push_back({.what = &o});
}

void memory_backend::cancel(op& o) {
    for (flight& f : in_flight_)
        f.cancelled = f.cancelled || f.what == &o;
}

void memory_backend::cancel_descriptor(int fd) {
    for (flight& f : in_flight_)
        f.cancelled = f.cancelled || f.what->request.fd == fd;
}

void memory_backend::cancel_all() {
    for (flight& f : in_flight_)
        f.cancelled = true;
}

void memory_backend::close(int fd) {
    if (memory_stream* s = find(fd))
        s->server_closing = true;
    else
        ::close(fd);
}

void memory_backend::shutdown_send(int fd) noexcept {
    if (memory_stream* s = find(fd))
        s->server_ended = s->news = true;
}

void memory_backend::reset_on_close(int fd, bool reset) noexcept {
    if (memory_stream* s = find(fd))
        s->server_reset = reset;
}

bool memory_backend::wait(std::optional<clock::duration> timeout, task_list& ready) {
    moved_ = false;
    carry_out(ready);
    tell_clients();
    return moved_ || timeout == clock::duration::zero() || let_time_pass(timeout);
}

void memory_backend::carry_out(task_list& ready) {
    std::vector<flight> all = std::exchange(in_flight_, {});
    for (flight& f : all)
        if (!attempt(f, ready))
            in_flight_.push_back(f);
}

// Does what can be done now; true when that was the last of it.
bool memory_backend::attempt(flight& f, task_list& ready) {
    op& o = *f.what;
    std::optional<int> result;
    if (f.cancelled) {
        result = f.done != 0 ? static_cast<int>(f.done) : -ECANCELED;
    } else {
        switch (o.request.code) {
        case opcode::accept_multishot:
        case opcode::wait_readable:
            break;
        case opcode::receive:
        case opcode::receive_multishot:
            return receive(o, ready);
        case opcode::wait_end:
            result = wait_end(o);
            break;
        case opcode::send:
        case opcode::send_message:
            result = send(f);
            break;
        case opcode::open:
        case opcode::stat:
        case opcode::read:
        case opcode::write:
            result = call_file(o.request);
            break;
        case opcode::connect:
            result = -ENETUNREACH; // there is no network here but connect()'s own
            break;
        }
    }
    if (result)
        complete(o, *result, 0, ready);
    return result.has_value();
}

// One buffer at a time, also for an operation that stays armed: its owner decides after each
// whether it wants more.
bool memory_backend::receive(op& o, task_list& ready) {
    memory_stream* s = find(o.request.fd);
    std::optional<int> end;
    if (s == nullptr)
        end = -EBADF;
    else if (!s->to_server.empty())
        end = free_buffers_.empty() ? std::optional(-ENOBUFS) : std::nullopt;
    else if (s->client_reset)
        end = -ECONNRESET;
    else if (s->client_ended)
        end = 0;
    else
        return false;
    if (end) {
        complete(o, *end, 0, ready);
        return true;
    }

    const std::uint16_t number = free_buffers_.back();
    free_buffers_.pop_back();
    const std::size_t n =
        s->to_server.copy(const_cast<char*>(buffer(number)), options_.buffer_bytes);
    s->to_server.erase(0, n);
    const bool more = o.request.code == opcode::receive_multishot;
    const std::uint32_t flags = arrival_has_buffer | std::uint32_t{number} << arrival_buffer_shift;
    complete(o, static_cast<int>(n), flags | (more ? arrival_more : 0), ready);
    return !more;
}

std::optional<int> memory_backend::wait_end(const op& o) const {
    const memory_stream* s = find(o.request.fd);
    if (s == nullptr)
        return -EBADF;
    return s->client_ended ? std::optional(0) : std::nullopt;
}

std::optional<int> memory_backend::send(flight& f) {
    const op_request& r = f.what->request;
    memory_stream* s = find(r.fd);
    if (s == nullptr)
        return -EBADF;
    if (s->client_gone || s->server_ended)
        return f.done != 0 ? static_cast<int>(f.done) : -EPIPE;

    iovec one{r.data, r.size};
    std::span<const iovec> parts(&one, 1);
    if (r.code == opcode::send_message) {
        const auto& message = *static_cast<const msghdr*>(r.data);
        parts = {message.msg_iov, message.msg_iovlen};
    }
    std::size_t left =
        std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                        [](std::size_t sum, const iovec& part) { return sum + part.iov_len; });
    left -= f.done;
    const std::size_t room = s->unread_most - std::min(s->unread_most, s->to_client.size());
    const std::size_t n = std::min(left, room);
    append(s->to_client, parts, f.done, n);
    f.done += n;
    s->sent += n;
    if (n != 0)
        s->news = true;
    if (n == left || (n != 0 && !r.whole))
        return static_cast<int>(f.done);
    return std::nullopt;
}

void memory_backend::complete(op& o, int result, std::uint32_t flags, task_list& ready) {
    moved_ = true;
    hand_over(o, result, flags, ready);
}

// As the kernel does, a close takes effect when the last operation on its descriptor has ended.
bool memory_backend::closes(int fd, const memory_stream& s) const noexcept {
    const auto uses = [fd](const flight& f) { return f.what->request.fd == fd; };
    return s.server_closing && std::none_of(in_flight_.begin(), in_flight_.end(), uses);
}

memory_backend::streams memory_backend::close_and_take_news() {
    streams with_news;
    for (auto i = streams_.begin(); i != streams_.end();) {
        memory_stream& s = *i->second;
        if (closes(i->first, s)) {
            s.server_reset = s.server_reset || !s.to_server.empty();
            s.server_ended = s.server_closed = s.news = true;
        }
        if (std::exchange(s.news, false))
            with_news.push_back(i->second);
        i = s.server_closed ? streams_.erase(i) : std::next(i);
    }
    return with_news;
}

void memory_backend::tell_clients() {
    for (const auto& s : close_and_take_news()) {
        moved_ = true;
        const auto call = s->on_progress; // a copy, for it may be replaced by what it calls
        if (call)
            call();
    }
}

// --- time ---

bool memory_backend::let_time_pass(std::optional<clock::duration> timeout) {
    if (timeout && *timeout >= clock::time_point::max() - now_)
        timeout.reset(); // the end of time does not come
    const outside_work outside = context_->outside();
    const bool sure = outside == outside_work::pool;
    const bool really =
        sure || outside == outside_work::asio || (outside == outside_work::unknown && !timeout);

    std::unique_lock lock(mutex_);
    if (!really && !woken_) {
        now_ += timeout.value_or(clock::duration::zero());
        return timeout.has_value();
    }
    const clock::duration most = timeout.value_or(sure ? wait_most : options_.patience);
    const auto began = clock::now();
    const bool woken = woken_up_.wait_for(lock, std::min<clock::duration>(most, wait_most),
                                          [this] { return woken_; });
    woken_ = false;
    now_ += clock::now() - began;
    return woken || sure || timeout;
}

void memory_backend::wake() noexcept {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    woken_up_.notify_one();
}

} // namespace ringlet::io
