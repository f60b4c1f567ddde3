// What the connections of one worker share. One thread, so no locks.
#pragma once

#include "files/loader.hpp"
#include "files/reply.hpp"
#include "io/cancel_again.hpp"
#include "io/context.hpp"
#include "ringlet/server_limits.hpp"
#include "server/access_log.hpp"
#include "server/cancellation.hpp"
#include "server/common_fields.hpp"
#include "server/departure.hpp"
#include "server/health.hpp"
#include "server/request_data.hpp"
#include "server/request_rate.hpp"
#include "server/site.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ringlet {

/// One request and its answer, while both are in the making. Idle connections have none.
struct exchange {
    request::data asked;
    request given{asked};
    const endpoint* to = nullptr; // null: it was refused
    const mount* from = nullptr;  // a folder without middleware: nobody else is asked
    response answer;
    files::representation_ptr file; // that is the answer, whole or in part
    std::string text;               // the head of the answer, and its content where that is text
    files::reply_body body;         // what follows it of a file
    std::vector<char> pinned;    // the request's head, where the input had to make room for content
    std::vector<char> ahead;     // what came while nobody asked for it
    io::clock::time_point began; // when the request's head was complete
    io::clock::time_point asked_at; // for content
    io::clock::duration waited{};   // for it, so far
    std::uint64_t received = 0;     // of it, with its framing
    unsigned status = 0;
    std::uint64_t body_bytes = 0;
    bool continued = false; // the client was told to send its content
    bool unlogged = false;
    bool reading = false; // content is waited for
    cancelling_deadline late;
};

struct worker_state {
    worker_state(io::context& c, const site& s, access_log::buffer* log,
                 const server_limits& l = {})
        : ctx(c),
          what(s),
          access(log),
          most(l),
          loader(c, l.cache_bytes),
          head_time(c.timer_set(), l.head_timeout_s),
          idle_time(c.timer_set(), l.idle_timeout_s),
          body_time(c.timer_set(), l.body_timeout_s),
          handler_time(c.timer_set(), l.handler_timeout_s),
          send_time(c.timer_set(), l.send_timeout_s),
          linger_time(c.timer_set(), limits::linger_timeout_s),
          cancel_again_time(c.timer_set(), io::cancel_again_time) {
        spare_.reserve(spare_most); // giving back must not fail
        spare_departures_.reserve(spare_most);
        spare_inputs_.reserve(spare_most);
    }

    io::context& ctx;
    const site& what;
    access_log::buffer* access; // null when there is no log
    const server_limits most;
    files::loader loader;
    io::deadline_queue head_time, idle_time, body_time, handler_time, send_time, linger_time,
        cancel_again_time;
    request_rate* rate = nullptr; // of all workers; null when there is no such limit
    common_fields fields;
    std::mt19937_64 random{std::random_device{}()};
    const health* probes = nullptr; // null: they are not answered
    bool draining = false;
    std::uint32_t files_most = std::numeric_limits<std::uint32_t>::max(); // open for answers
    std::uint32_t files = 0;

    std::unique_ptr<exchange> take_exchange() {
        if (spare_.empty())
            return std::make_unique<exchange>();
        auto x = std::move(spare_.back());
        spare_.pop_back();
        return x;
    }
    void give_back(std::unique_ptr<exchange> x) noexcept {
        if (spare_.size() == spare_most)
            return;
        x->asked.more.reset();
        if (!is_untouched(x->answer)) // as it is where files were the answer
            x->answer = {};
        x->file.reset();
        x->body.clear();
        x->pinned = {};
        x->ahead = {};
        if (x->text.capacity() > limits::batch_bytes)
            x->text = std::string(); // one large answer is no reason to keep its memory
        spare_.push_back(std::move(x));
    }

    std::unique_ptr<departure> take_departure() {
        if (spare_departures_.empty())
            return std::make_unique<departure>(ctx.blocks());
        auto d = std::move(spare_departures_.back());
        spare_departures_.pop_back();
        return d;
    }
    void give_back(std::unique_ptr<departure> d) noexcept {
        if (spare_departures_.size() != spare_most)
            spare_departures_.push_back(std::move(d));
    }

    /// Empty, with memory for what comes.
    std::vector<char> take_input() {
        if (spare_inputs_.empty())
            return {};
        auto input = std::move(spare_inputs_.back());
        spare_inputs_.pop_back();
        return input;
    }
    void give_back(std::vector<char> input) noexcept {
        if (spare_inputs_.size() == spare_most || input.capacity() > limits::spare_input_bytes)
            return;
        input.clear();
        spare_inputs_.push_back(std::move(input));
    }

    /// Of all workers' limits, this one's part.
    void share(std::size_t workers) noexcept {
        const auto parts = static_cast<std::uint32_t>(workers);
        files_most = most.open_files / parts + (most.open_files % parts != 0 ? 1 : 0);
        ctx.blocks().limit(std::max<std::uint64_t>(most.buffer_bytes / parts, 1024 * 1024));
    }

  private:
    static bool is_untouched(const response& r) noexcept {
        return r.status == 200 && r.content_type.empty() &&
               r.body.capacity() == std::string().capacity() && r.body.empty() &&
               r.fields.empty() && r.content == nullptr;
    }

    static constexpr std::size_t spare_most = 64;
    std::vector<std::unique_ptr<exchange>> spare_;
    std::vector<std::unique_ptr<departure>> spare_departures_;
    std::vector<std::vector<char>> spare_inputs_;
};

/// For an answer to have its file open, if there may be one more.
class file_place {
  public:
    explicit file_place(worker_state& in) noexcept : in_(in), got_(in.files < in.files_most) {
        in_.files += got_ ? 1 : 0;
    }
    file_place(const file_place&) = delete;
    file_place& operator=(const file_place&) = delete;
    ~file_place() { in_.files -= got_ ? 1 : 0; }
    explicit operator bool() const noexcept { return got_; }

  private:
    worker_state& in_;
    const bool got_;
};

} // namespace ringlet
