#include "server/access_log.hpp"

#include "http/date.hpp"
#include "ringlet/limits.hpp"
#include "server/log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace ringlet {
namespace {

constexpr auto pause =
    std::chrono::milliseconds(200); // between writes, while there is little to write
constexpr std::size_t hurry_bytes = 64 * 1024;
constexpr auto tell_pause = std::chrono::seconds(10); // between counts of lost lines
// A disk that cannot keep up costs lines, which are counted, and never memory without end.
constexpr std::size_t held_bytes_most = 16 * 1024 * 1024;

// Returns what could not be written, and errno says why.
std::string_view write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return bytes;
}

// "-" is standard output. Without a descriptor errno says why.
unique_fd open_log(const std::string& path) {
    if (path == "-")
        return unique_fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    // Without O_NONBLOCK, opening a FIFO would wait for its reader, perhaps for ever.
    unique_fd fd(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644));
    if (fd)
        ::fcntl(fd.get(), F_SETFL, O_WRONLY | O_APPEND);
    return fd;
}

void append_escaped(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    if (text.empty())
        out += '-';
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (u < 0x20 || u >= 0x7f || c == '"' || c == '\\') {
            out += "\\x";
            out += hex[u >> 4];
            out += hex[u & 15];
        } else {
            out += c;
        }
    }
}

void append_request(std::string& out, const access_entry& e) {
    if (e.target.empty()) {
        append_escaped(out, e.received);
        return;
    }
    append_escaped(out, e.method);
    out += ' ';
    append_escaped(out, e.target);
    out += e.version == 10 ? " HTTP/1.0" : " HTTP/1.1";
}

// Not with gmtime_r: it takes the C library's lock on time zones, of which the process has one.
void append_time(std::string& out, std::int64_t unix_s) {
    http::http_date date; // Sun, 06 Nov 1994 08:49:37 GMT
    http::format_date(unix_s, date);
    const std::string_view text(date.data(), date.size());
    out.append(text.substr(5, 2)).append(1, '/'); // day
    out.append(text.substr(8, 3)).append(1, '/'); // month
    out.append(text.substr(12, 4)).append(1, ':');
    out.append(text.substr(17, 8)).append(" +0000");
}

void append_seconds(std::string& out, std::uint64_t us) {
    out += std::to_string(us / 1'000'000);
    const std::string fraction = std::to_string(us % 1'000'000);
    out += '.';
    out.append(6 - fraction.size(), '0');
    out += fraction;
}

} // namespace

std::string_view first_line(std::string_view input) noexcept {
    constexpr std::string_view line_end = "\r\n";
    input.remove_prefix(std::min(input.find_first_not_of(line_end), input.size()));
    return input.substr(0, std::min(input.find_first_of(line_end), limits::logged_line_bytes));
}

void format_access_line(std::string& out, const access_entry& e) {
    out += e.peer;
    out += " - - [";
    append_time(out, e.unix_s);
    out += "] \"";
    append_request(out, e);
    out += "\" ";
    out += std::to_string(e.status);
    out += ' ';
    out += std::to_string(e.body_bytes);
    out += " \"";
    append_escaped(out, e.referer);
    out += "\" \"";
    append_escaped(out, e.user_agent);
    out += "\" ";
    append_seconds(out, e.duration_us);
    out += '\n';
}

void access_log::buffer::append(std::string_view line) {
    bool first = false;
    bool many = false;
    {
        const std::lock_guard lock(mutex_);
        if (lines_.size() + line.size() > held_bytes_most) {
            ++lost_;
            return;
        }
        first = lines_.empty();
        many = lines_.size() < hurry_bytes && lines_.size() + line.size() >= hurry_bytes;
        lines_ += line;
    }
    if (first || many)
        log_.wake(many);
}

void access_log::wake(bool hurry) {
    {
        const std::lock_guard lock(mutex_);
        waiting_ = true;
        hurry_ = hurry_ || hurry;
    }
    wake_.notify_one();
}

access_log::access_log(const std::string& path) : path_(path), fd_(open_log(path)) {
    if (!fd_) {
        const std::string why = errno == ENXIO ? "nobody reads this pipe" : std::strerror(errno);
        throw std::runtime_error("cannot write the access log '" + path + "': " + why +
                                 "; give another file with --access-log");
    }
    writer_ = std::jthread([this] { write_out(); });
}

access_log::~access_log() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
}

access_log::buffer& access_log::add_buffer() {
    const std::lock_guard lock(mutex_);
    buffers_.push_back(std::unique_ptr<buffer>(new buffer(*this)));
    return *buffers_.back();
}

void access_log::reopen() {
    {
        const std::lock_guard lock(mutex_);
        reopen_ = waiting_ = hurry_ = true;
    }
    wake_.notify_one();
}

void access_log::write_out() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        wake_.wait(lock, [this] { return ending_ || waiting_; });
        wake_.wait_for(lock, pause, [this] { return ending_ || hurry_; }); // for more to come
        waiting_ = hurry_ = false;
        const bool again = std::exchange(reopen_, false);
        lock.unlock();
        write_once(); // what was before the order to the file that was
        if (again)
            open_again();
        lock.lock();
    }
    lock.unlock();
    while (write_once()) {
    }
    tell_lost(true);
}

void access_log::open_again() {
    if (unique_fd fd = open_log(path_)) {
        fd_ = std::move(fd);
        torn_ = false;
        log(log_level::info, "opened the access log anew");
    } else {
        log(log_level::warning, "cannot open the access log '" + path_ +
                                    "' anew: " + std::strerror(errno) + "; the old one goes on");
    }
}

// Returns whether there was anything to write.
bool access_log::write_once() {
    std::vector<buffer*> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& b : buffers_)
            all.push_back(b.get());
    }
    bool any = false;
    std::string taken;
    for (buffer* b : all) {
        taken.clear();
        std::uint64_t lost = 0;
        {
            const std::lock_guard lock(b->mutex_);
            taken.swap(b->lines_);
            lost = std::exchange(b->lost_, 0);
        }
        any = any || !taken.empty();
        if (lost != 0)
            log(log_level::warning,
                "access log cannot keep up; lines lost: " + std::to_string(lost));
        write(taken);
    }
    return any;
}

// A full disk is no reason to stop serving. How many lines it cost is told now and then.
void access_log::write(std::string_view lines) {
    if (torn_ && !lines.empty()) // the next line is one of its own
        torn_ = !write_all(fd_.get(), "\n").empty();
    const std::string_view left = torn_ ? lines : write_all(fd_.get(), lines);
    if (left.empty())
        return;
    why_ = errno;
    torn_ = torn_ || (left.size() < lines.size() && lines[lines.size() - left.size() - 1] != '\n');
    lost_ += static_cast<std::uint64_t>(std::ranges::count(left, '\n'));
    tell_lost(false);
}

void access_log::tell_lost(bool now) {
    const auto time = std::chrono::steady_clock::now();
    if (lost_ == 0 || (!now && time < tell_next_))
        return;
    log(log_level::warning, std::string("access log: ") + std::strerror(why_) +
                                "; lines lost: " + std::to_string(std::exchange(lost_, 0)));
    tell_next_ = time + tell_pause;
}

} // namespace ringlet
