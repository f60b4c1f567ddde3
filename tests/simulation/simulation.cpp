#include "simulation/simulation.hpp"

#include "fuzz/connection_client.hpp"
#include "fuzz/connection_site.hpp"
#include "fuzz/fuzz.hpp"
#include "io/sleep.hpp"
#include "server/acceptor.hpp"
#include "simulation/scripted_backend.hpp"

#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace ringlet::simulation {

using fuzz::require;
using namespace std::chrono_literals;

namespace {

// The lowest descriptor that is free: the same as before, when nothing was left open.
int lowest_free_descriptor() {
    const unique_fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return fd.get();
}

/// What one client does, made from the script.
struct visitor {
    explicit visitor(script& s)
        : bytes(s.bytes(8 + s.below(120))),
          comes(std::chrono::milliseconds(s.below(2) * s.below(40))) {}

    std::string bytes;
    std::string_view rest = bytes;
    fuzz::behaviour how{rest};
    fuzz::pipeline asks = fuzz::make_pipeline(rest);
    io::clock::duration comes;
    std::optional<fuzz::client> client{};
};

class world {
  public:
    explicit world(script& s) : script_(s) {
        const std::size_t count = 1 + s.below(5);
        for (std::size_t i = 0; i < count; ++i)
            visitors_.push_back(std::make_unique<visitor>(s));
        ctx_.emplace(std::move(made_));
        server_limits limits;
        limits.cache_bytes *= s.below(2);
        state_.emplace(*ctx_, fuzz::the_site(), nullptr, limits);
        state_->random.seed(s.below(1'000'000));
        acceptor_.emplace(*state_, clients_);
    }

    std::size_t run() {
        acceptor_->start(unique_fd(network_.listen()));
        for (const auto& v : visitors_)
            after(v->comes, [this, &v = *v] { welcome(v); });
        after(1s, [this] { look(); });
        ctx_->run();
        acceptor_->close();
        ctx_.reset();
        require(left_.operations == 0 && left_.sockets == 0 && left_.buffers == 0);
        if (destroyed_)
            return visitors_.size();
        require(ended_ && left_.untouched == 0);
        for (const auto& v : visitors_) {
            script_.show("sent", v->client->sent());
            script_.show("received", v->client->received());
            if (was_turned_away(*v->client))
                continue;
            v->client->check({.hurried = hurried_, .disturbed = script_.disturbed()});
        }
        return visitors_.size();
    }

  private:
    template <class Call>
    void after(io::clock::duration pause, Call call) {
        io::async_sleep(*ctx_, pause, [call](const io::error_code&) { call(); });
    }

    void welcome(visitor& v) {
        script_.note("connect");
        v.client.emplace(*ctx_, network_.connect(), v.asks, v.how, [this, &v] { finished(v); });
    }

    void finished(const visitor& v) {
        script_.note("finished", static_cast<std::int64_t>(v.how.end));
        if (v.how.end == fuzz::ending::destroy) {
            destroyed_ = true;
            ctx_->stop();
        } else if (v.how.end == fuzz::ending::drain && !ended_) {
            hurried_ = true;
            end();
        }
    }

    // Ends the server when there is nothing left to do, or it takes too long.
    void look() {
        bool all_finished = true;
        for (const auto& v : visitors_)
            all_finished = all_finished && v->client && v->client->finished();
        if (ended_)
            return;
        if (all_finished && network_.sockets() == 0 && !network_.anybody_waits())
            end();
        else
            after(1s, [this] { look(); });
    }

    // As at SIGTERM.
    void end() {
        script_.note("drain");
        ended_ = true;
        acceptor_->drain();
        after(state_->most.drain_timeout_s, [this] { ctx_->stop(); });
    }

    // Before it had asked for anything.
    bool was_turned_away(const fuzz::client& c) const {
        const std::string_view got = c.received();
        return room_ < visitors_.size() &&
               (got.empty() || got.starts_with("HTTP/1.1 429") || got.starts_with("HTTP/1.1 503"));
    }

    script& script_;
    leftovers left_;
    std::unique_ptr<scripted_backend> made_ = std::make_unique<scripted_backend>(
        script_, scripted_backend::options{1U << script_.below(6), 64U << script_.below(6)}, left_);
    scripted_backend& network_ = *made_;
    // In one seed of eight, too few for all: their clients have no address, and count as one.
    const std::uint32_t room_ =
        script_.below(8) == 0 ? static_cast<std::uint32_t>(1 + script_.below(3)) : 1000;
    admission clients_{room_ + static_cast<std::uint32_t>(script_.below(2)), room_};
    std::vector<std::unique_ptr<visitor>> visitors_;
    std::optional<worker_state> state_; // this and the acceptor outlive the context
    std::optional<acceptor> acceptor_;
    std::optional<io::context> ctx_;
    bool ended_ = false;     // the server was told to
    bool hurried_ = false;   // before its clients were done
    bool destroyed_ = false; // with everything in flight
};

} // namespace

outcome run(std::uint64_t seed, bool print) {
    fuzz::the_site(); // it keeps descriptors of its own
    const int before = lowest_free_descriptor();
    script s(seed);
    s.print(print);
    const std::size_t clients = world(s).run();
    require(lowest_free_descriptor() == before);
    return {s.trace(), clients, s.disturbed()};
}

} // namespace ringlet::simulation
