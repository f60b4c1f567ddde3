// What a connection may take in time, on a clock of its own.
#include "server/connection.hpp"

#include "io/memory_backend.hpp"
#include "io/sleep.hpp"
#include "ringlet/body.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "support/catch.hpp"

#include <memory>
#include <optional>
#include <string>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

awaitable<response> echo(request& req) {
    co_return text(co_await req.body().text());
}

/// What a server with these limits answers to somebody who sends a request, and then its content in
/// pieces with pauses between them.
class slow_sender {
  public:
    slow_sender(const server_limits& most, std::size_t pieces, std::size_t bytes,
                std::chrono::seconds pause)
        : piece_(bytes, 'x'), left_(pieces), pause_(pause) {
        what_.add_route(what_.scopes.front(), "POST", "/echo", echo);
        what_.finish();
        io::context ctx(std::move(made_));
        ctx_ = &ctx;
        worker_state state(ctx, what_, nullptr, most);
        io::memory_connection both = network_.connect();
        client_.emplace(std::move(both.client));
        client_->on_progress([this] { got_ += client_->read(); });
        connection::start(std::make_unique<connection>(state, std::move(both.server)));
        client_->write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                       std::to_string(pieces * bytes) + "\r\n\r\n");
        send_next();
        ctx.run();
    }

    unsigned long status() const { return got_.size() < 12 ? 0 : std::stoul(got_.substr(9, 3)); }
    std::size_t left() const noexcept { return left_; }

  private:
    void send_next() {
        if (left_ == 0 || !got_.empty())
            return;
        --left_;
        client_->write(piece_);
        io::async_sleep(*ctx_, pause_, [this](const io::error_code&) { send_next(); });
    }

    std::string piece_;
    std::size_t left_;
    std::chrono::seconds pause_;
    site what_;
    std::unique_ptr<io::memory_backend> made_ = std::make_unique<io::memory_backend>();
    io::memory_backend& network_ = *made_;
    io::context* ctx_ = nullptr;
    std::optional<io::memory_client> client_;
    std::string got_;
};

} // namespace

TEST_CASE("content that trickles is 408, although no piece of it is late") {
    const slow_sender trickling({}, 100, 10, 20s); // 0.5 bytes a second
    CHECK(trickling.status() == 408);
    CHECK(trickling.left() > 95);
}

TEST_CASE("content may come at the least pace there is") {
    CHECK(slow_sender({}, 20, 10'000, 20s).status() == 200); // 500 bytes a second
    CHECK(slow_sender({}, 20, 9'000, 20s).status() == 408);
    CHECK(slow_sender({.body_min_bytes_per_s = 0}, 20, 1, 20s).status() == 200);
    CHECK(slow_sender({}, 2, 10, 20s).status() == 200); // within the timeout at any
    CHECK(slow_sender({.body_timeout_s = 10s}, 2, 10, 20s).status() == 408);
}
