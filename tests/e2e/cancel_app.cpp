// A program whose handlers wait, each in another way, and count how many of them have come to an
// end.
#include <ringlet/ringlet.hpp>
#include <ringlet/websocket.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <atomic>
#include <string>
#include <thread>

using namespace ringlet;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

std::atomic<int> entered = 0;
std::atomic<int> ended = 0;
std::atomic<int> working = 0; // offloaded work that has begun
std::atomic<int> stopped = 0; // and was asked to stop
std::atomic<int> sent = 0;    // events of those that pour

// In the frame of a handler that waits.
struct presence {
    presence() { ++entered; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() { ++ended; }
};

std::uint16_t port_of_nobody = 0; // accepts, and never says a word
std::uint16_t port_of_full = 0;   // accepts nobody any more

awaitable<response> in_sleep(request&) {
    const presence here;
    co_await sleep_for(60s);
    co_return text("late");
}

awaitable<response> in_timer(request&) {
    const presence here;
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, 60s);
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return text("late");
}

awaitable<response> in_either(request&) {
    const presence here;
    auto both = sleep_for(60s) || sleep_for(50s);
    co_await std::move(both);
    co_return text("late");
}

awaitable<response> in_content(request& req) {
    const presence here;
    const std::string all = co_await req.body().text();
    co_return text(all);
}

awaitable<response> in_connect(request&) {
    const presence here;
    auto upstream = co_await connect("127.0.0.1", port_of_full);
    co_return text("late");
}

awaitable<response> in_upstream_read(request&) {
    const presence here;
    auto upstream = co_await connect("127.0.0.1", port_of_nobody);
    char byte = 0;
    co_await upstream.async_read_some(boost::asio::buffer(&byte, 1));
    co_return text("late");
}

awaitable<response> in_upstream_write(request&) {
    const presence here;
    auto upstream = co_await connect("127.0.0.1", port_of_nobody);
    const std::string much(100'000'000, 'x');
    co_await boost::asio::async_write(upstream, boost::asio::buffer(much));
    co_return text("late");
}

void work_until_stopped(std::stop_token stop) {
    ++working;
    while (!stop.stop_requested())
        std::this_thread::yield();
    ++stopped;
}

awaitable<response> in_offload(request&) {
    const presence here;
    co_await offload(work_until_stopped);
    co_return text("late");
}

awaitable<void> flood(writer& out) {
    const presence here;
    const std::string much(64 * 1024, 'x');
    for (;;)
        co_await out.write(much);
}

awaitable<response> in_stream(request&) {
    co_return stream("text/plain", flood);
}

awaitable<void> wait_for_event(event_writer&) {
    const presence here;
    co_await sleep_for(60s);
}

awaitable<void> pour(event_writer& out) {
    const presence here;
    const std::string much(1000, 'x');
    for (;;) {
        co_await out.send(much);
        ++sent;
    }
}

awaitable<response> in_pour(request&) {
    co_return events(pour);
}

awaitable<response> in_events(request&) {
    co_return events(wait_for_event);
}

awaitable<void> listen(websocket& ws) {
    const presence here;
    boost::beast::flat_buffer message;
    co_await ws.async_read(message);
}

awaitable<void> push(websocket&) { // reads nothing
    const presence here;
    co_await sleep_for(60s);
}

awaitable<response> in_push(request& req) {
    co_return accept_websocket(req, push);
}

awaitable<response> in_websocket(request& req) {
    co_return accept_websocket(req, listen);
}

awaitable<response> around(request& req, next_handler next) {
    const presence here;
    response r = co_await next(req);
    co_return r;
}

// Ends although it is told to: what it catches is not what the client waits for any more.
awaitable<response> in_denial(request&) {
    const presence here;
    try {
        co_await sleep_for(60s);
    } catch (const std::exception&) {
    }
    co_return text("as if nothing had happened");
}

// Never end. What they catch could be anything, to be tried again.

awaitable<response> in_retry(request&) {
    const presence here;
    for (;;) {
        try {
            co_await sleep_for(60s);
        } catch (const std::exception&) {
            continue;
        }
    }
}

awaitable<response> in_content_retry(request& req) {
    const presence here;
    for (;;) {
        try {
            co_await req.body().next();
        } catch (const std::exception&) {
            continue;
        }
    }
}

awaitable<void> send_for_ever(event_writer& out) {
    const presence here;
    for (;;) {
        try {
            co_await out.send("news");
        } catch (const std::exception&) {
            continue;
        }
    }
}

awaitable<response> in_events_retry(request&) {
    co_return events(send_for_ever);
}

awaitable<void> read_for_ever(websocket& ws) {
    const presence here;
    for (;;) {
        try {
            boost::beast::flat_buffer message;
            co_await ws.async_read(message);
        } catch (const std::exception&) {
            continue;
        }
    }
}

awaitable<response> in_websocket_retry(request& req) {
    co_return accept_websocket(req, read_for_ever);
}

awaitable<response> count(request&) {
    co_return text(std::to_string(entered) + ' ' + std::to_string(ended) + ' ' +
                   std::to_string(working) + ' ' + std::to_string(stopped) + ' ' +
                   std::to_string(sent));
}

} // namespace

// Arguments: the two ports.
int main(int, char** argv) {
    port_of_nobody = static_cast<std::uint16_t>(std::stoi(argv[1]));
    port_of_full = static_cast<std::uint16_t>(std::stoi(argv[2]));
    server app;
    app.get("/in/sleep", in_sleep);
    app.get("/in/timer", in_timer);
    app.get("/in/either", in_either);
    app.post("/in/content", in_content);
    app.get("/in/connect", in_connect);
    app.get("/in/upstream-read", in_upstream_read);
    app.get("/in/upstream-write", in_upstream_write);
    app.get("/in/offload", in_offload);
    app.get("/in/stream", in_stream);
    app.get("/in/events", in_events);
    app.get("/in/pour", in_pour);
    app.get("/in/websocket", in_websocket);
    app.get("/in/push", in_push);
    app.get("/in/denial", in_denial);
    app.get("/in/middleware", in_sleep).use(around);
    app.get("/retry/sleep", in_retry);
    app.get("/retry/deadline", in_retry).use(deadline(1ms));
    app.post("/retry/content", in_content_retry);
    app.get("/retry/events", in_events_retry);
    app.get("/retry/websocket", in_websocket_retry);
    app.get("/count", count);
    run_options options;
    options.port = 0;
    options.workers = 1;
    return app.run(options);
}
