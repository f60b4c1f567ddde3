// What a connection may take in time, on a clock of its own.
#include "server/connection.hpp"

#include "io/memory_backend.hpp"
#include "io/sleep.hpp"
#include "ringlet/body.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "ringlet/sleep.hpp"
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

awaitable<response> echo_after_a_minute(request& req) {
    std::string all = co_await req.body().text();
    co_await sleep_for(1min);
    co_return text(std::move(all));
}

/// What a server with these limits answers to somebody who sends a request, and then its content in
/// pieces with pauses between them.
class slow_sender {
  public:
    slow_sender(const server_limits& most, std::size_t pieces, std::size_t bytes,
                std::chrono::seconds pause, handler answers = echo)
        : piece_(bytes, 'x'), left_(pieces), pause_(pause) {
        what_.add_route(what_.scopes.front(), "POST", "/echo", std::move(answers));
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

TEST_CASE("what the client takes for its content is not the handler's time") {
    const server_limits most{.handler_timeout_s = 30s};
    CHECK(slow_sender(most, 20, 10'000, 20s).status() == 200);
    const slow_sender slow_after_all(most, 20, 10'000, 20s, echo_after_a_minute);
    CHECK(slow_after_all.status() == 503);
    CHECK(slow_after_all.left() == 0);
    CHECK(slow_sender({}, 20, 10'000, 20s, echo_after_a_minute).status() == 200);
}

namespace {

/// What becomes of an answer whose client takes some bytes, pauses, and takes some more.
class slow_reader {
  public:
    slow_reader(const server_limits& most, std::size_t bytes, std::chrono::seconds pause,
                std::size_t reads = std::string::npos, std::string_view asked = large)
        : pause_(pause), left_(reads) {
        what_.add_route(what_.scopes.front(), "GET", "/", [](request&) -> awaitable<response> {
            co_return text(std::string(answer_bytes, 'x'));
        });
        what_.add_route(what_.scopes.front(), "GET", "/small", [](request&) -> awaitable<response> {
            co_return text(std::string(1000, 'x'));
        });
        what_.finish();
        io::context ctx(std::move(made_));
        ctx_ = &ctx;
        worker_state state(ctx, what_, nullptr, most);
        io::memory_connection both = network_.connect();
        client_.emplace(std::move(both.client));
        client_->limit_unread(bytes);
        connection::start(std::make_unique<connection>(state, std::move(both.server)));
        began_ = ctx.time();
        client_->on_progress([this] {
            if (client_->server_closed() && !took_)
                took_ = ctx_->time() - began_;
        });
        client_->write(asked);
        read_next();
        ctx.run();
        got_ += client_->read().size();
    }

    static constexpr std::string_view large = "GET / HTTP/1.1\r\nHost: x\r\n"
                                              "Connection: close\r\n\r\n";
    static constexpr std::string_view kept = "GET /small HTTP/1.1\r\nHost: x\r\n\r\n";

    static constexpr std::size_t answer_bytes = 1'000'000;
    bool complete() const noexcept { return got_ > answer_bytes; }
    std::chrono::seconds took() const {
        return std::chrono::duration_cast<std::chrono::seconds>(took_.value_or(-1s));
    }

  private:
    void read_next() {
        got_ += client_->read().size();
        if (left_-- == 0 || client_->server_closed())
            return;
        io::async_sleep(*ctx_, pause_, [this](const io::error_code&) { read_next(); });
    }

    std::chrono::seconds pause_;
    std::size_t left_;
    site what_;
    std::unique_ptr<io::memory_backend> made_ = std::make_unique<io::memory_backend>();
    io::memory_backend& network_ = *made_;
    io::context* ctx_ = nullptr;
    std::optional<io::memory_client> client_;
    io::clock::time_point began_;
    std::optional<io::clock::duration> took_;
    std::size_t got_ = 0;
};

} // namespace

TEST_CASE("a client that is slow but steady gets all of its answer") {
    const slow_reader three_thousand({}, 30'000, 10s); // far less than a block in the time for one
    CHECK(three_thousand.complete());
    CHECK(slow_reader({}, 6'000, 10s).complete()); // 600 bytes a second
    CHECK(slow_reader({.send_min_bytes_per_s = 0}, 100'000, 29s).complete());
    CHECK(slow_reader({.send_timeout_s = 5s}, 100'000, 4s).complete());
}

TEST_CASE("a client that takes less than the least pace is cut off") {
    const slow_reader four_hundred({}, 4'000, 10s);
    CHECK_FALSE(four_hundred.complete());
    CHECK(four_hundred.took() <= 60s);
    CHECK_FALSE(slow_reader({.send_min_bytes_per_s = 20'000}, 100'000, 10s).complete());
}

TEST_CASE("a client that takes nothing more is cut off after once to twice the time for a block") {
    const slow_reader from_the_beginning({}, 0, 10s);
    CHECK(from_the_beginning.took() == 30s);
    const slow_reader after_a_while({}, 30'000, 10s, 10);
    CHECK_FALSE(after_a_while.complete());
    CHECK(after_a_while.took() > 100s);
    CHECK(after_a_while.took() <= 160s);
    CHECK(slow_reader({.send_min_bytes_per_s = 0}, 30'000, 10s, 10).took() <= 160s);
}

TEST_CASE("an answer that leaves while the next request is waited for is cut off as any other") {
    CHECK(slow_reader({}, 0, 10s, 20, slow_reader::kept).took() == 30s);
    const std::string two =
        std::string(slow_reader::kept) + "GET /small HTTP/1.1\r\n"; // and a half
    CHECK(slow_reader({}, 0, 10s, 20, two).took() == 30s);
}
