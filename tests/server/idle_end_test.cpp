// The end of a connection on which nothing is going on, and a request that comes just then.
#include "server/connection.hpp"

#include "io/memory_backend.hpp"
#include "io/sleep.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "support/catch.hpp"

#include <boost/asio/post.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view request_text = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

awaitable<response> hello(request&) {
    co_return text("hello\n");
}

/// A client that asks once at once, and does `then` when it has the answer.
class kept_connection {
  public:
    explicit kept_connection(const std::function<void(kept_connection&)>& then) {
        what_.add_route(what_.scopes.front(), "GET", "/hello", hello);
        what_.finish();
        io::context ctx(std::move(made_));
        ctx_ = &ctx;
        worker_state state(ctx, what_, nullptr);
        state_ = &state;
        io::memory_connection both = network_.connect();
        client_.emplace(std::move(both.client));
        auto owned = std::make_unique<connection>(state, std::move(both.server));
        connection_ = owned.get();
        client_->on_progress([this, &then] {
            got_ += client_->read();
            if (answers() == 1 && !std::exchange(asked_once_, true))
                boost::asio::post(ctx_->get_executor(), [this, &then] {
                    answered_at_ = ctx_->time();
                    then(*this);
                });
            if (client_->server_closed())
                lived_ = ctx_->time() - answered_at_;
        });
        connection::start(std::move(owned));
        ask();
        ctx.run();
    }

    void ask() { client_->write(request_text); }
    void ask_after(io::clock::duration pause) {
        io::async_sleep(*ctx_, pause, [this](const io::error_code&) { ask(); });
    }
    void drain() {
        state_->draining = true;
        connection_->drain();
    }

    std::size_t answers() const {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = got_.find("hello\n", at)) != got_.npos; ++at)
            ++count;
        return count;
    }
    bool says_close() const { return got_.find("Connection: close") != got_.npos; }
    bool closed() const { return client_->server_closed(); }
    bool reset() const { return client_->server_reset(); }
    io::clock::duration lived() const { return lived_; } // after the first answer

  private:
    site what_;
    std::unique_ptr<io::memory_backend> made_ = std::make_unique<io::memory_backend>();
    io::memory_backend& network_ = *made_;
    io::context* ctx_ = nullptr;
    worker_state* state_ = nullptr;
    connection* connection_ = nullptr;
    std::optional<io::memory_client> client_;
    std::string got_;
    bool asked_once_ = false;
    io::clock::time_point answered_at_{};
    io::clock::duration lived_{};
};

} // namespace

TEST_CASE("an idle connection is closed some time after the server begins to end, not at once") {
    const kept_connection idle([](kept_connection& c) { c.drain(); });
    CHECK(idle.answers() == 1);
    CHECK(idle.closed());
    CHECK(idle.lived() == limits::linger_timeout_s);
}

TEST_CASE("a request that was under way when the server began to end is answered, and the last") {
    const kept_connection late([](kept_connection& c) {
        c.drain();
        c.ask_after(1s);
    });
    CHECK(late.answers() == 2);
    CHECK(late.says_close());
    CHECK(late.closed());
    CHECK(late.lived() < limits::linger_timeout_s);
}

TEST_CASE("a request that comes in the moment in which an idle connection ends is answered") {
    const kept_connection idle(
        [](kept_connection& c) { c.ask_after(server_limits().idle_timeout_s); });
    CHECK(idle.answers() == 2);
    CHECK_FALSE(idle.reset());
    CHECK(idle.lived() == 2 * server_limits().idle_timeout_s);

    const kept_connection ending([](kept_connection& c) {
        c.drain();
        c.ask_after(limits::linger_timeout_s);
    });
    CHECK(ending.answers() == 2);
    CHECK(ending.says_close());
    CHECK_FALSE(ending.reset());
}
