// A whole connection: whatever a client sends, in whatever pieces, each request gets its answer and
// no other, and the connection ends when it has to.
//
// The first bytes of the input say how the client behaves, the next ones how it cuts what it sends,
// and the others are instructions for the requests (connection_pipeline.hpp).
#include "server/connection.hpp"

#include "fuzz/connection_answers.hpp"
#include "fuzz/connection_pipeline.hpp"
#include "fuzz/connection_site.hpp"
#include "fuzz/fuzz.hpp"
#include "io/memory_backend.hpp"
#include "io/sleep.hpp"

#include <array>
#include <chrono>
#include <optional>

namespace ringlet::fuzz {
namespace {

using namespace std::chrono_literals;

// What the client does when it has sent what it had to.
enum class ending { stay, half_close, close, reset, drain, destroy };

// How the client behaves, but for what it asks.
struct behaviour {
    explicit behaviour(std::string_view& input) {
        const unsigned a = take_byte(input), b = take_byte(input);
        constexpr std::array endings{ending::stay,  ending::stay,   ending::half_close,
                                     ending::close, ending::reset,  ending::drain,
                                     ending::stay,  ending::destroy};
        end = endings[a % 8];
        late_end = (a & 8) != 0;
        late_reader = (a & 16) != 0;
        cut_short = (a & 32) != 0 ? b : 256;
        const std::size_t cut_bytes = b % 8;
        cuts = input.substr(0, cut_bytes);
        input.remove_prefix(cuts.size());
    }

    ending end;
    bool late_end;         // when all is answered
    bool late_reader;      // reads when all is sent
    std::size_t cut_short; // sends that many 256ths
    std::string_view cuts; // sizes of pieces and pauses, round and round
};

class conversation {
  public:
    conversation(const pipeline& p, const behaviour& how)
        : p_(p),
          how_(how),
          left_(std::string_view(p.bytes).substr(0, p.bytes.size() * how.cut_short / 256)) {
        story_.sent = left_.size();
        ctx_.emplace(std::move(made_));
        state_ = std::make_unique<worker_state>(*ctx_, the_site(), nullptr);
        io::memory_connection both = network_.connect();
        client_.emplace(std::move(both.client));
        auto c = std::make_unique<connection>(*state_, std::move(both.server));
        alive_.push_back(*c);
        connection::start(std::move(c));
        if (how.late_reader)
            client_->limit_unread(unread_most);
        else
            read_from_now_on();
        send_next();
    }

    void run() {
        ctx_->run();
        if (how_.end == ending::destroy) {
            ctx_.reset();
            require(alive_.empty());
            return;
        }
        require(finished_ && alive_.empty());
        if (client_)
            require(client_->server_closed());
        story_.lasted = ctx_->time() - finished_at_;
        story_.cut_off = !client_ || client_->server_reset();
        check_answers(p_, story_, received_);
    }

  private:
    static constexpr std::size_t unread_most = 1500;
    static constexpr std::size_t most_pieces = 48;

    void read_from_now_on() {
        client_->on_progress([this] { received_ += client_->read(); });
        received_ += client_->read();
    }

    void after(io::clock::duration pause, void (conversation::*what)()) {
        io::async_sleep(*ctx_, pause, [this, what](const io::error_code&) { (this->*what)(); });
    }

    void send_next() {
        if (left_.empty()) {
            after(how_.late_end ? 5s : 0s, &conversation::finish);
            return;
        }
        constexpr std::array<std::size_t, 8> sizes{1, 2, 5, 17, 64, 500, 4096, 100'000};
        std::size_t bytes = left_.size();
        io::clock::duration pause = 0ms;
        if (!how_.cuts.empty() && pieces_ < most_pieces) {
            const auto cut = static_cast<unsigned char>(how_.cuts[pieces_ % how_.cuts.size()]);
            bytes = sizes[cut % sizes.size()] + cut / 64;
            pause = std::chrono::milliseconds(cut / 8 % 8 * 3);
        }
        ++pieces_;
        const std::string_view piece = left_.substr(0, bytes);
        left_.remove_prefix(piece.size());
        client_->write(piece);
        after(pause, &conversation::send_next);
    }

    void finish() {
        finished_ = true;
        finished_at_ = ctx_->time();
        if (how_.late_reader)
            read_from_now_on();
        client_->limit_unread(std::string::npos);
        switch (how_.end) {
        case ending::stay:
            story_.patient = true;
            break;
        case ending::half_close:
            story_.half_closed = true;
            story_.patient = how_.late_end && !how_.late_reader;
            client_->shutdown();
            break;
        case ending::close:
            client_.reset();
            break;
        case ending::reset:
            client_->reset();
            break;
        case ending::drain:
            state_->draining = true;
            for (connection& c : alive_)
                c.drain();
            break;
        case ending::destroy:
            ctx_->stop();
            break;
        }
    }

    const pipeline& p_;
    const behaviour& how_;
    std::string_view left_; // to be sent
    std::size_t pieces_ = 0;
    client_story story_;
    std::string received_;
    bool finished_ = false;
    io::clock::time_point finished_at_;

    std::unique_ptr<io::memory_backend> made_ = std::make_unique<io::memory_backend>(
        io::memory_options{.buffer_count = 16, .buffer_bytes = 2048});
    io::memory_backend& network_ = *made_;
    std::unique_ptr<worker_state> state_; // outlives the context, whose end destroys the connection
    intrusive_list<connection> alive_;
    std::optional<io::context> ctx_;
    std::optional<io::memory_client> client_;
};

} // namespace

void run(std::string_view input) {
    const behaviour how(input);
    const pipeline p = make_pipeline(input);
    conversation(p, how).run();
}

} // namespace ringlet::fuzz
