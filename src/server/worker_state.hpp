// What the connections of one worker share. One thread, so no locks.
#pragma once

#include "io/cancel_again.hpp"
#include "io/context.hpp"
#include "ringlet/server_limits.hpp"
#include "server/access_log.hpp"
#include "server/common_fields.hpp"
#include "server/request_data.hpp"
#include "server/site.hpp"

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
    std::string text;            // the head of the answer, and its content where that is text
    std::vector<char> pinned;    // the request's head, where the input had to make room for content
    std::vector<char> ahead;     // what came while nobody asked for it
    io::clock::time_point began; // when the request's head was complete
    io::clock::time_point asked_at; // for content
    io::clock::duration waited{};   // for it, so far
    std::uint64_t received = 0;     // of it, with its framing
    unsigned status = 0;
    std::uint64_t body_bytes = 0;
    bool continued = false; // the client was told to send its content
};

struct worker_state {
    worker_state(io::context& c, const site& s, access_log::buffer* log,
                 const server_limits& l = {})
        : ctx(c),
          what(s),
          access(log),
          most(l),
          head_time(c.timer_set(), l.head_timeout_s),
          idle_time(c.timer_set(), l.idle_timeout_s),
          body_time(c.timer_set(), l.body_timeout_s),
          send_time(c.timer_set(), l.send_timeout_s),
          linger_time(c.timer_set(), limits::linger_timeout_s),
          cancel_again_time(c.timer_set(), io::cancel_again_time) {}

    io::context& ctx;
    const site& what;
    access_log::buffer* access; // null when there is no log
    const server_limits most;
    io::deadline_queue head_time, idle_time, body_time, send_time, linger_time, cancel_again_time;
    common_fields fields;
    std::mt19937_64 random{std::random_device{}()};
    bool draining = false;

    std::unique_ptr<exchange> take_exchange() {
        if (spare_.empty())
            return std::make_unique<exchange>();
        auto x = std::move(spare_.back());
        spare_.pop_back();
        return x;
    }
    void give_back(std::unique_ptr<exchange> x) {
        if (spare_.size() == spare_most)
            return;
        x->asked.more.reset();
        x->answer = {};
        x->pinned = {};
        x->ahead = {};
        if (x->text.capacity() > limits::batch_bytes)
            x->text = std::string(); // one large answer is no reason to keep its memory
        spare_.push_back(std::move(x));
    }

    /// Empty, with memory for what comes.
    std::vector<char> take_input() {
        if (spare_inputs_.empty())
            return {};
        auto input = std::move(spare_inputs_.back());
        spare_inputs_.pop_back();
        return input;
    }
    void give_back(std::vector<char> input) {
        if (spare_inputs_.size() == spare_most || input.capacity() > limits::head_bytes)
            return;
        input.clear();
        spare_inputs_.push_back(std::move(input));
    }

  private:
    static constexpr std::size_t spare_most = 64;
    std::vector<std::unique_ptr<exchange>> spare_;
    std::vector<std::vector<char>> spare_inputs_;
};

} // namespace ringlet
