// One line per request, written by a thread of its own so that no request waits for a disk.
#pragma once

#include "base/unique_fd.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ringlet {

class access_log {
  public:
    /// Where one worker leaves its lines. The lock is contended only for the moment in which the
    /// writer takes them.
    class buffer {
      public:
        void append(std::string_view line);

      private:
        friend class access_log;
        explicit buffer(access_log& log) noexcept : log_(log) {}
        access_log& log_;
        std::mutex mutex_;
        std::string lines_;
        std::uint64_t lost_ = 0;
    };

    /// Appends to `path`; "-" is standard output. Throws std::runtime_error with one line for the
    /// operator.
    explicit access_log(const std::string& path);

    /// Writes what is left.
    ~access_log();

    /// Valid as long as the log. Called before the workers start.
    buffer& add_buffer();

    /// Opens the file at `path` anew, soon, for whoever has renamed the one there was. What cannot
    /// be opened is logged, and the one there was goes on being written.
    void reopen();

  private:
    void wake(bool hurry);
    void write_out();
    void open_again();
    bool write_once();
    void write(std::string_view lines);
    void tell_lost(bool now);

    const std::string path_;
    unique_fd fd_;           // of the writer, as these are:
    std::uint64_t lost_ = 0; // lines, since it was told
    int why_ = 0;            // errno
    std::chrono::steady_clock::time_point tell_next_{};
    bool torn_ = false; // the last line in the file has no end
    std::vector<std::unique_ptr<buffer>> buffers_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool ending_ = false;
    bool waiting_ = false; // there are lines
    bool hurry_ = false;   // there are many
    bool reopen_ = false;
    std::jthread writer_;
};

/// What a line says: the combined format, and the time the server took.
struct access_entry {
    std::string_view peer;
    std::int64_t unix_s = 0;         // when the request was complete
    std::string_view method, target; // no target: the request was refused before it was known
    unsigned version = 11;
    std::string_view received; // then the line is logged as far as it came
    unsigned status = 0;
    std::uint64_t body_bytes = 0;
    std::string_view referer, user_agent;
    std::uint64_t duration_us = 0;
};

/// The beginning of the first line in `input` that is not empty, without its end: at most
/// limits::logged_line_bytes.
std::string_view first_line(std::string_view input) noexcept;

/// Appends `e` as one line. Quotes, backslashes and control characters are escaped as \xHH, so that
/// a client cannot forge a line.
void format_access_line(std::string& out, const access_entry& e);

} // namespace ringlet
