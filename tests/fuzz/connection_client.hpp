// A client in memory that sends a pipeline as the fuzzer wants it to, and keeps what it gets.
#pragma once

#include "fuzz/connection_answers.hpp"
#include "fuzz/connection_pipeline.hpp"
#include "io/context.hpp"
#include "io/memory_stream.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet::fuzz {

/// What a client does when it has sent what it had to. To drain and to destroy are for whoever has
/// the server to do.
enum class ending { stay, half_close, close, reset, drain, destroy };

/// How a client behaves, but for what it asks. Takes the first bytes of `input`, which has to
/// outlive it.
struct behaviour {
    explicit behaviour(std::string_view& input);

    ending end;
    bool late_end;         // when all is answered
    bool late_reader;      // reads when all is sent
    std::size_t cut_short; // sends that many 256ths
    std::string_view cuts; // sizes of pieces and pauses, round and round
};

/// Lives on the context's thread, and as long as the context runs.
class client {
  public:
    /// Begins at once. `finished` is called when everything is sent and the end was made, but for
    /// draining and destroying.
    client(io::context& ctx, io::memory_client connection, const pipeline& p, const behaviour& how,
           std::function<void()> finished);

    bool finished() const noexcept { return finished_; }
    bool server_closed() const noexcept { return !connection_ || connection_->server_closed(); }

    bool was_reset() const noexcept { return !connection_ || connection_->server_reset(); }

    std::string_view sent() const noexcept {
        return std::string_view(p_.bytes).substr(0, most_ - left_.size());
    }
    std::string_view received() const noexcept { return received_; }

    /// Holds what came against what was asked, when the connection has ended. Aborts if something
    /// is not as it has to be.
    void check(client_story story = {}) const;

  private:
    void read_from_now_on();
    void after(io::clock::duration pause, void (client::*what)());
    void send_next();
    void finish();

    io::context& ctx_;
    std::optional<io::memory_client> connection_;
    const pipeline& p_;
    const behaviour& how_;
    std::function<void()> tell_finished_;
    std::string_view left_;           // to be sent
    std::size_t most_ = left_.size(); // of the pipeline is sent
    std::size_t pieces_ = 0;
    std::string received_;
    bool finished_ = false;
    io::clock::time_point finished_at_, closed_at_; // by the server
};

} // namespace ringlet::fuzz
