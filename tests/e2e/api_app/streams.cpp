// Answers that are written while the handler goes on: streams and events.
#include "parts.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

awaitable<void> count(writer& out, int n) {
    for (int i = 0; i < n; ++i) {
        co_await out.write("piece " + std::to_string(i) + "\n");
        co_await sleep_for(1ms);
    }
}

awaitable<response> counted(request& req) {
    const int n = req.param<int>("n");
    co_return stream("text/plain", [n](writer& out) { return count(out, n); });
}

awaitable<response> large(request& req) {
    const auto size = req.param<std::size_t>("n");
    const std::string chunk(size, 'L');
    co_return stream("text/plain", [chunk](writer& out) { return out.write(chunk); });
}

awaitable<response> known_length(request& req) {
    const int n = req.param<int>("n"); // of the 3 that are written, each of 8 bytes
    co_return stream("text/plain", static_cast<std::uint64_t>(n) * 8,
                     [](writer& out) { return count(out, 3); });
}

awaitable<void> fail_midway(writer& out) {
    co_await out.write("the beginning");
    throw std::runtime_error("no more to be had");
}

awaitable<void> write_meanwhile(writer& out, std::exception_ptr& refused) {
    try {
        co_await out.write("the second");
    } catch (const std::logic_error& e) {
        std::cerr << "refused: " << e.what() << '\n';
        refused = std::current_exception(); // thrown here, it would cancel the first
    }
}

awaitable<void> write_twice(writer& out) {
    const std::string much(8'000'000, 'x');
    std::exception_ptr refused;
    auto both = out.write(much) && write_meanwhile(out, refused);
    co_await std::move(both);
    std::rethrow_exception(refused);
}

awaitable<response> twice(request&) {
    co_return stream("text/plain", write_twice);
}

// The answer has begun: it is too late for 100 Continue.
awaitable<response> late_content(request& req) {
    co_return stream("text/plain", [&req](writer& out) -> awaitable<void> {
        co_await out.write("begun ");
        const std::string all = co_await req.body().text();
        co_await out.write(all);
    });
}

awaitable<response> failing(request&) {
    co_return stream("text/plain", fail_midway);
}

awaitable<void> send_events(event_writer& out) {
    co_await out.send("one");
    co_await out.send("two\nlines", "named", "7");
    co_await out.keep_alive();
    co_await sleep_for(60s);
}

awaitable<response> sse(request&) {
    co_return events(send_events);
}

awaitable<response> late_sse(request&) {
    co_await sleep_for(200ms);
    co_return events(send_events);
}

} // namespace

void ringlet::testing::add_streams(routes& app) {
    app.get("/stream/{n}", counted);
    app.get("/stream/large/{n}", large);
    app.get("/stream/known/{n}", known_length);
    app.get("/stream/failing", failing);
    app.get("/stream/twice", twice);
    app.post("/stream/late", late_content);
    app.get("/events", sse);
    app.get("/events/late", late_sse);
}
