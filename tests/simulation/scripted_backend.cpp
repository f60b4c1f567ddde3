#include "simulation/scripted_backend.hpp"

#include "fuzz/fuzz.hpp"
#include "io/file_call.hpp"

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <span>
#include <sys/uio.h>
#include <unistd.h>

namespace ringlet::simulation {

using fuzz::require;
using io::opcode;
using namespace std::chrono_literals;

namespace {

constexpr int first_fd = 1 << 30; // beyond all that a process can open

std::string_view name_of(opcode code) noexcept {
    constexpr std::array<std::string_view, 12> names{
        "accept", "receive",      "receive_multishot", "wait_end", "wait_readable",
        "send",   "send_message", "connect",           "open",     "stat",
        "read",   "write"};
    static_assert(names.size() == static_cast<std::size_t>(opcode::write) + 1);
    return names[static_cast<std::size_t>(code)];
}

std::int64_t number_of(int fd) noexcept {
    return fd >= first_fd ? fd - first_fd : -1; // real ones are not the same each time
}

// What a send is asked to send.
std::string bytes_of(const io::op_request& r) {
    if (r.code == opcode::send)
        return {static_cast<const char*>(r.data), r.size};
    const auto& message = *static_cast<const msghdr*>(r.data);
    std::string all;
    for (const iovec& part : std::span(message.msg_iov, message.msg_iovlen))
        all.append(static_cast<const char*>(part.iov_base), part.iov_len);
    return all;
}

} // namespace

scripted_backend::scripted_backend(script& s, options o, leftovers& left)
    : script_(s),
      options_(o),
      left_(left),
      buffers_(std::make_unique<char[]>(std::size_t{o.buffer_count} * o.buffer_bytes)),
      free_buffers_(o.buffer_count) {
    std::iota(free_buffers_.begin(), free_buffers_.end(), std::uint16_t{0});
}

scripted_backend::~scripted_backend() {
    left_ = {in_flight(), accepted_.size() - untouched_.size(),
             options_.buffer_count - free_buffers_.size(), untouched_.size()};
}

int scripted_backend::listen() {
    return listener_ = first_fd;
}

io::memory_client scripted_backend::connect() {
    auto made = std::make_shared<io::memory_stream>();
    if (listener_ == -1)
        made->server_ended = made->server_closed = made->server_reset = true;
    else
        waiting_.push_back(made);
    return io::memory_client(std::move(made));
}

const char* scripted_backend::buffer(std::uint16_t number) const noexcept {
    return buffers_.get() + std::size_t{number} * options_.buffer_bytes;
}

scripted_backend::stream scripted_backend::find(int fd) const {
    const auto found = by_fd_.find(fd);
    return found != by_fd_.end() ? found->second : nullptr;
}

void scripted_backend::shutdown_send(int fd) noexcept {
    if (const stream s = find(fd))
        s->server_ended = s->news = true;
}

void scripted_backend::reset_on_close(int fd, bool reset) noexcept {
    if (const stream s = find(fd))
        s->server_reset = reset;
}

io::socket_backlog scripted_backend::backlog(int fd) noexcept {
    const stream s = find(fd);
    require(s != nullptr);
    return {.unread = s->to_server.size()};
}

std::uint64_t scripted_backend::acknowledged(int fd) noexcept {
    const stream s = find(fd);
    require(s != nullptr);
    return s->sent;
}

// --- what the server wants ---

void scripted_backend::submit(io::op& o) {
    commands_.push_back({command::kind::submit, &o});
    ++submitted_;
}

void scripted_backend::cancel(io::op& o) {
    commands_.push_back({command::kind::cancel, &o});
}

void scripted_backend::cancel_descriptor(int fd) {
    commands_.push_back({command::kind::cancel_descriptor, nullptr, fd});
}

void scripted_backend::cancel_all() {
    commands_.push_back({command::kind::cancel_all});
}

void scripted_backend::close(int fd) {
    commands_.push_back({command::kind::close, nullptr, fd});
}

void scripted_backend::carry_out_commands() {
    for (const command& c : std::exchange(commands_, {}))
        carry_out(c);
    submitted_ = 0;
}

void scripted_backend::carry_out(const command& c) {
    const auto cancel_where = [this](auto&& meant) {
        for (flight& f : in_flight_)
            f.cancelled = f.cancelled || meant(f);
    };
    switch (c.what) {
    case command::kind::submit: {
        const int fd = c.on->request.fd;
        const bool closed = fd >= first_fd && fd != listener_ && by_fd_.count(fd) == 0;
        require(!closed); // nobody uses a descriptor that was closed
        untouched_.erase(fd);
        in_flight_.push_back({c.on, find(fd)});
        break;
    }
    case command::kind::cancel:
        cancel_where([&c](const flight& f) { return f.what == c.on; });
        break;
    case command::kind::cancel_descriptor:
        cancel_where([s = find(c.fd)](const flight& f) { return s != nullptr && f.on == s; });
        break;
    case command::kind::cancel_all:
        cancel_where([](const flight&) { return true; });
        break;
    case command::kind::close:
        script_.note("close", number_of(c.fd));
        if (c.fd == listener_) {
            listener_ = -1;
        } else if (const stream s = find(c.fd)) {
            s->server_closing = true;
            by_fd_.erase(c.fd);
            untouched_.erase(c.fd);
        } else {
            require(::close(c.fd) == 0);
        }
        break;
    }
}

// --- what happens ---

bool scripted_backend::wait(std::optional<io::clock::duration> timeout, io::task_list& ready) {
    moved_ = false;
    carry_out_commands();
    if (script_.happens(variation::moment))
        now_ += script_.pick(std::array{1, 10, 100, 1000}) * 1us;
    if (script_.happens(variation::overflow))
        overflow();
    else
        attempt_all(false, ready);
    tell_clients();
    if (moved_ || timeout == io::clock::duration::zero())
        return true;
    attempt_all(true, ready); // time does not pass over what can be done
    tell_clients();
    return moved_ || let_time_pass(timeout);
}

void scripted_backend::overflow() {
    script_.note("overflow");
    for (flight& f : in_flight_)
        f.last = true;
}

void scripted_backend::attempt_all(bool at_once, io::task_list& ready) {
    std::vector<flight> all = std::exchange(in_flight_, {});
    for (std::size_t i = all.size(); i > 1; --i)
        std::swap(all[i - 1], all[script_.below(i)]);
    for (flight& f : all)
        if (!attempt(f, at_once, ready))
            in_flight_.push_back(f);
}

bool scripted_backend::attempt(flight& f, bool at_once, io::task_list& ready) {
    if (!at_once && script_.happens(variation::wait))
        return false;
    return f.cancelled ? attempt_cancelled(f, at_once, ready) : progress(f, false, ready);
}

// What can be done may be done before the cancellation comes, or not.
bool scripted_backend::attempt_cancelled(flight& f, bool at_once, io::task_list& ready) {
    if (!at_once && script_.happens(variation::cancel_late))
        return progress(f, true, ready);
    if (!script_.happens(variation::cancel_early) && progress(f, true, ready))
        return true;
    complete(f, f.done != 0 ? static_cast<int>(f.done) : -ECANCELED, 0, ready);
    return true;
}

// Does what can be done now; true when that was the last of it. With `sound` nothing goes wrong.
bool scripted_backend::progress(flight& f, bool sound, io::task_list& ready) {
    std::optional<int> result;
    switch (f.what->request.code) {
    case opcode::accept_multishot:
        return accept(f, sound, ready);
    case opcode::receive:
    case opcode::receive_multishot:
        return receive(f, sound, ready);
    case opcode::wait_readable: // is not offered
        break;
    case opcode::wait_end:
        if (f.on->client_ended)
            result = 0;
        break;
    case opcode::send:
    case opcode::send_message:
        result = send(f, sound);
        break;
    case opcode::open:
    case opcode::stat:
    case opcode::read:
    case opcode::write:
        result = file(f.what->request, sound);
        break;
    case opcode::connect:
        result = -ENETUNREACH;
        break;
    }
    if (result)
        complete(f, *result, 0, ready);
    return result.has_value();
}

std::uint32_t scripted_backend::more(flight& f) {
    const bool armed = f.what->request.code == opcode::accept_multishot ||
                       f.what->request.code == opcode::receive_multishot;
    f.last = f.last || script_.happens(variation::end_of_armed);
    return armed && !f.last ? io::arrival_more : 0;
}

bool scripted_backend::accept(flight& f, bool sound, io::task_list& ready) {
    if (waiting_.empty())
        return false;
    if (!sound && script_.happens(fault::accept)) {
        const int error =
            script_.pick(std::array{EMFILE, ENFILE, ENOMEM, ENOBUFS, EINTR, EAGAIN, ECONNABORTED});
        if (error == ECONNABORTED) {
            io::memory_stream& s = *waiting_.front();
            s.server_ended = s.server_closed = s.server_reset = true;
            waiting_.pop_front();
        }
        complete(f, -error, 0, ready);
        return true;
    }
    int fd = first_fd + 1;
    while (by_fd_.count(fd) != 0)
        ++fd;
    accepted_.push_back(waiting_.front());
    by_fd_.emplace(fd, waiting_.front());
    untouched_.insert(fd);
    waiting_.pop_front();
    const std::uint32_t flags = more(f);
    complete(f, fd, flags, ready);
    return flags == 0;
}

// One buffer at a time, also for an operation that stays armed: the next attempt brings the next.
bool scripted_backend::receive(flight& f, bool sound, io::task_list& ready) {
    io::memory_stream& s = *f.on;
    const bool has_bytes = !s.to_server.empty();
    if (!has_bytes && !s.client_ended)
        return false;
    std::optional<int> end;
    if (!sound && script_.happens(fault::receive)) {
        end = -script_.pick(std::array{ECONNRESET, EINTR, EAGAIN, ENOMEM});
        if (end == -ECONNRESET)
            s.client_gone = s.server_reset = true;
    } else if (has_bytes) {
        if (free_buffers_.empty() || script_.happens(variation::no_buffer))
            end = -ENOBUFS;
    } else {
        end = s.client_reset ? -ECONNRESET : 0;
    }
    if (end) {
        complete(f, *end, 0, ready);
        return true;
    }
    const std::uint16_t number = free_buffers_.back();
    free_buffers_.pop_back();
    const std::size_t most = script_.happens(variation::short_count)
                                 ? 1 + script_.below(options_.buffer_bytes)
                                 : options_.buffer_bytes;
    const std::size_t n = s.to_server.copy(const_cast<char*>(buffer(number)), most);
    s.to_server.erase(0, n);
    const std::uint32_t flags = more(f);
    complete(f, static_cast<int>(n),
             flags | io::arrival_has_buffer | std::uint32_t{number} << io::arrival_buffer_shift,
             ready);
    return flags == 0;
}

std::optional<int> scripted_backend::send(flight& f, bool sound) {
    io::memory_stream& s = *f.on;
    if (s.client_gone || s.server_ended)
        return f.done != 0 ? static_cast<int>(f.done) : -EPIPE;
    const std::string all = bytes_of(f.what->request);
    const std::size_t room = s.unread_most - std::min(s.unread_most, s.to_client.size());
    std::size_t n = std::min(all.size() - f.done, room);
    if (n != 0 && script_.happens(variation::short_count))
        n = 1 + script_.below(n);
    s.to_client.append(all, f.done, n);
    s.sent += n;
    f.done += n;
    if (n != 0)
        s.news = moved_ = true;
    if (f.done == all.size() || (n != 0 && !f.what->request.whole))
        return static_cast<int>(f.done);
    if (!sound && script_.happens(fault::send))
        return send_fault(f);
    return std::nullopt;
}

// What was sent before counts; the next send meets the error, or not.
std::optional<int> scripted_backend::send_fault(flight& f) {
    const int error = script_.pick(std::array{EPIPE, ECONNRESET, ENOBUFS, EINTR, EAGAIN, ENOMEM});
    if (error == EPIPE || error == ECONNRESET)
        f.on->client_gone = f.on->server_reset = true;
    return f.done != 0 ? static_cast<int>(f.done) : -error;
}

int scripted_backend::file(const io::op_request& r, bool sound) {
    if (r.code == opcode::open && !sound && script_.happens(fault::open))
        return -script_.pick(std::array{EMFILE, ENFILE, ENOMEM, EIO, EINTR, EAGAIN});
    if (r.code != opcode::read)
        return io::call_file(r);
    if (!sound && script_.happens(fault::read))
        return -script_.pick(std::array{EIO, EINTR, EAGAIN, ENOMEM, 0});
    io::op_request part = r;
    if (r.size != 0 && script_.happens(variation::short_count))
        part.size = static_cast<std::uint32_t>(1 + script_.below(r.size));
    return io::call_file(part);
}

void scripted_backend::complete(flight& f, int result, std::uint32_t flags, io::task_list& ready) {
    const io::op_request& r = f.what->request;
    moved_ = true;
    script_.note(name_of(r.code), number_of(r.fd),
                 r.code == opcode::open ? std::min(result, 0) : result, flags);
    io::hand_over(*f.what, result, flags, ready);
}

// --- the end of a socket, and its client's news ---

// As the kernel does, a close takes effect when the last operation on its descriptor has ended.
void scripted_backend::end_sockets() {
    const auto in_use = [this](const stream& s) {
        return std::any_of(in_flight_.begin(), in_flight_.end(),
                           [&s](const flight& f) { return f.on == s; });
    };
    std::erase_if(accepted_, [&](const stream& s) {
        if (!s->server_closing || in_use(s))
            return false;
        s->server_reset = s->server_reset || !s->to_server.empty();
        s->server_ended = s->server_closed = s->news = true;
        with_news_.push_back(s);
        return true;
    });
    if (listener_ == -1)
        for (const stream& s : std::exchange(waiting_, {})) {
            s->server_ended = s->server_closed = s->server_reset = true;
            with_news_.push_back(s);
        }
}

void scripted_backend::tell_clients() {
    end_sockets();
    std::vector<stream> told = std::exchange(with_news_, {});
    for (const stream& s : accepted_)
        if (s->news)
            told.push_back(s);
    for (const stream& s : told) {
        moved_ = true;
        s->news = false;
        const auto call = s->on_progress; // a copy, for it may be replaced by what it calls
        if (call)
            call();
    }
}

// --- time ---

bool scripted_backend::let_time_pass(std::optional<io::clock::duration> timeout) {
    if (!timeout)
        return false; // nothing will ever happen
    now_ += std::min<io::clock::duration>(*timeout, io::wait_most);
    if (script_.happens(fault::clock))
        now_ += script_.below(3600) * 1s;
    script_.note("time", (now_ - io::clock::time_point(1h)).count());
    return true;
}

} // namespace ringlet::simulation
