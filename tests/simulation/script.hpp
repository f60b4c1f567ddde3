// What a seed decides, and what came of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace ringlet::simulation {

/// What may happen to an operation at any time, and to nobody's fault: a server that meets it has
/// to serve on as if it had not happened.
enum class variation : std::uint8_t {
    wait,         // it is not its turn yet
    short_count,  // less is received, sent or read than could be
    end_of_armed, // a multishot operation ends with this arrival
    no_buffer,    // ENOBUFS, although there are buffers
    cancel_late,  // what was cancelled is done all the same, if it can be, or goes on for a while
    cancel_early, // what was cancelled ends at once, though it could be done
    overflow,     // no room for completions: all come later, and all that is armed ends
    moment,       // time passes
    count
};

/// What goes wrong outside the server, which may then answer with an error or close.
enum class fault : std::uint8_t {
    receive, // ECONNRESET, EINTR, EAGAIN, ENOMEM
    send,    // EPIPE, ECONNRESET, ENOBUFS, EINTR, EAGAIN, ENOMEM
    accept,  // EMFILE, ENFILE, ENOMEM, ENOBUFS, EINTR, EAGAIN, ECONNABORTED
    open,    // EMFILE, ENFILE, ENOMEM, EIO, EINTR, EAGAIN
    read,    // EIO, EINTR, EAGAIN, ENOMEM, the end of the file
    clock,   // it jumps ahead by up to an hour
    count
};

/// Makes the same choices for the same seed, here and elsewhere: it uses no distribution of the
/// standard library. Each seed allows some variations and faults and not others, for with all of
/// them together few requests would come to an end.
class script {
  public:
    explicit script(std::uint64_t seed);

    /// From 0 to `n` - 1.
    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    bool happens(variation v) { return one_in(variations_[static_cast<std::size_t>(v)]); }
    bool happens(fault f);
    template <std::size_t N>
    int pick(const std::array<int, N>& from) {
        return from[below(N)];
    }
    std::string bytes(std::size_t n);

    /// Something has gone wrong.
    bool disturbed() const noexcept { return disturbed_; }

    /// Whether the seed lets anything go wrong.
    bool may_disturb() const noexcept { return may_disturb_; }

    // --- what happened ---

    /// Also printed, when it is wanted.
    void note(std::string_view what, std::int64_t a = 0, std::int64_t b = 0, std::int64_t c = 0);
    void show(std::string_view what, std::string_view text) const; // printed only
    void print(bool wanted) noexcept { prints_ = wanted; }
    std::uint64_t trace() const noexcept { return trace_; }

  private:
    bool one_in(unsigned n) { return n != 0 && below(n) == 0; }

    std::mt19937_64 random_;
    std::array<unsigned, static_cast<std::size_t>(variation::count)> variations_{}; // 0: never
    std::array<unsigned, static_cast<std::size_t>(fault::count)> faults_{};
    bool may_disturb_ = false;
    bool disturbed_ = false;
    bool prints_ = false;
    std::uint64_t trace_ = 0xcbf2'9ce4'8422'2325; // FNV-1a
};

} // namespace ringlet::simulation
