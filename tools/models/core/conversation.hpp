// One connection's requests and answers, without the connection: what HTTP asks for next, whoever
// does it and however he waits for it. It is the same in every model.
#pragma once

#include "base/unique_fd.hpp"
#include "http/request_head.hpp"
#include "site.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringlet::models {

/// What there is to do before the conversation goes on.
///
///     receive --a request--> hold --released--> send --all of it--+--> receive
///        |                    (only when it takes time)           +--> discard --> close
///        +--the client has gone--> close                          +--> close
enum class step : std::uint8_t {
    receive, // bytes from the client: received()
    hold,    // let hold_time() pass: released()
    send,    // unsent() to the client: sent()
    discard, // end the sending half, and receive on: closing over unread bytes would be a reset,
             // which can destroy the answer on its way. Not for longer than discard_time
    close,
};

enum class persistence : std::uint8_t { closes, keeps_alive };

class conversation {
  public:
    /// `files` outlives it.
    conversation(const site& files, persistence mode);

    step next() const noexcept { return step_; }

    /// Bytes that have come; none at the end of the client's stream.
    void received(std::string_view bytes);
    std::chrono::milliseconds hold_time() const noexcept { return hold_time_; }
    void released() noexcept { step_ = step::send; }
    /// Views into this object, good until sent().
    std::string_view unsent() const noexcept { return std::string_view(out_).substr(sent_); }
    void sent(std::size_t bytes);
    /// Instead of close.
    void discard() noexcept { step_ = step::discard; }

  private:
    void parse();
    void answer(const http::request_head& head);
    void answer_file(const http::request_head& head, found_file found);
    void answer_page(const http::request_head& head, http::status status,
                     std::string_view location = {});
    void read_block();
    void end_answer();

    const site* files_;
    step step_ = step::receive;
    persistence mode_;
    bool keep_ = true;        // the connection, behind this answer
    bool unread_ = false;     // the client has sent more than was asked for
    std::size_t dropped_ = 0; // behind the last answer
    std::string in_;          // received and not yet parsed
    std::string out_;         // the head, and a block of the file at a time
    std::size_t sent_ = 0;    // of out_
    unique_fd file_;          // the rest of the answer
    std::uint64_t rest_ = 0;  // its bytes
    std::chrono::milliseconds hold_time_{0};
};

} // namespace ringlet::models
