// A whole connection: whatever a client sends, in whatever pieces, each request gets its answer and
// no other, and the connection ends when it has to.
//
// The first bytes of the input say how the client behaves, the next ones how it cuts what it sends,
// and the others are instructions for the requests (connection_pipeline.hpp).
#include "server/connection.hpp"

#include "fuzz/connection_client.hpp"
#include "fuzz/connection_site.hpp"
#include "fuzz/fuzz.hpp"
#include "io/memory_backend.hpp"

#include <optional>

namespace ringlet::fuzz {
namespace {

class conversation {
  public:
    conversation(const pipeline& p, const behaviour& how) : how_(how) {
        ctx_.emplace(std::move(made_));
        state_ = std::make_unique<worker_state>(*ctx_, the_site(), nullptr);
        io::memory_connection both = network_.connect();
        auto c = std::make_unique<connection>(*state_, std::move(both.server));
        alive_.push_back(*c);
        connection::start(std::move(c));
        client_.emplace(*ctx_, std::move(both.client), p, how, [this] { end(); });
    }

    void run() {
        ctx_->run();
        if (how_.end == ending::destroy) {
            ctx_.reset();
            require(alive_.empty());
            return;
        }
        require(alive_.empty());
        client_->check();
    }

  private:
    void end() {
        if (how_.end == ending::drain) {
            state_->draining = true;
            for (connection& c : alive_)
                c.drain();
        } else if (how_.end == ending::destroy) {
            ctx_->stop();
        }
    }

    const behaviour& how_;
    std::unique_ptr<io::memory_backend> made_ = std::make_unique<io::memory_backend>(
        io::memory_options{.buffer_count = 16, .buffer_bytes = 2048});
    io::memory_backend& network_ = *made_;
    std::unique_ptr<worker_state> state_; // outlives the context, whose end destroys the connection
    intrusive_list<connection> alive_;
    std::optional<io::context> ctx_;
    std::optional<client> client_;
};

} // namespace

void run(std::string_view input) {
    const behaviour how(input);
    const pipeline p = make_pipeline(input);
    conversation(p, how).run();
}

} // namespace ringlet::fuzz
