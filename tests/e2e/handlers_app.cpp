// A small program as a user of the library would write it, with everything a handler can do wrong.
#include <ringlet/ringlet.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

awaitable<response> hello(request& req) {
    co_return text("hello, " + std::string(req.param("name")));
}

awaitable<response> literal(request&) {
    co_return text("the literal one");
}

awaitable<response> echo(request& req) {
    co_return text(std::string(req.method()) + ' ' + std::string(req.path()) + ' ' +
                   std::string(req.query()) + ' ' + std::string(req.field("x-asked")));
}

std::atomic<bool> told = false; // by SIGUSR1

awaitable<response> until_told(request&) {
    while (!told)
        co_await sleep_for(2ms);
    co_return text("told");
}

awaitable<response> offload_until_told(request&) {
    auto work = [] {
        while (!told)
            std::this_thread::sleep_for(2ms);
    };
    co_await offload(work);
    co_return text("told");
}

awaitable<response> asleep(request&) {
    co_await sleep_for(200ms);
    co_return text("awake");
}

awaitable<response> held(request&) {
    co_await sleep_for(60s);
    co_return text("late");
}

awaitable<response> blocked(request&) {
    auto work = [] { std::this_thread::sleep_for(60s); };
    co_await offload(work);
    co_return text("late");
}

std::string cache_control(std::string_view path) {
    if (path.ends_with("one.txt"))
        throw std::runtime_error("no rule for one.txt");
    return path.ends_with("/") ? "a\r\nX-Evil: 1" : "max-age=5";
}

awaitable<response> asio_timer(request&) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, 10ms);
    auto waiting = timer.async_wait(boost::asio::use_awaitable);
    co_await std::move(waiting);
    co_return text("rung");
}

awaitable<response> throws(request&) {
    co_await sleep_for(1ms);
    throw std::runtime_error("this handler always fails");
}

awaitable<response> throws_wordless(request&) {
    throw std::runtime_error("");
    co_return response{};
}

awaitable<response> throws_number(request&) {
    throw 42;
    co_return response{};
}

int slow_square(int n) {
    std::this_thread::sleep_for(50ms); // blocks, as offloaded work may
    return n * n;
}

awaitable<response> offloaded(request&) {
    auto work = [] { return slow_square(12); };
    const int square = co_await offload(work);
    co_return text(std::to_string(square));
}

awaitable<response> offloaded_throws(request&) {
    auto work = []() -> int { throw std::runtime_error("offloaded work failed"); };
    const int never = co_await offload(work);
    co_return text(std::to_string(never));
}

awaitable<response> large(request&) {
    co_return text(std::string(5'000'000, 'L'));
}

awaitable<response> inject_value(request& req) {
    response r = text("injected");
    std::string value = "a";
    value += req.query() == "nul" ? std::string(1, '\0') : std::string("\r\nX-Injected: yes");
    r.fields.emplace_back("X-Value", value);
    co_return r;
}

awaitable<response> inject_name(request&) {
    response r = text("injected");
    r.fields.emplace_back("X-Injected: yes\r\nX", "b");
    co_return r;
}

awaitable<response> inject_type(request&) {
    response r = text("injected");
    r.content_type = "text/plain\r\nX-Injected: yes";
    co_return r;
}

awaitable<response> own_framing(request&) {
    response r = text("hello");
    r.fields.emplace_back("Content-Length", "1");
    r.fields.emplace_back("Transfer-Encoding", "chunked");
    r.fields.emplace_back("Connection", "close");
    r.fields.emplace_back("Date", "never");
    co_return r;
}

awaitable<response> status(request& req) {
    response r = text("content");
    r.status = static_cast<unsigned>(std::stoi(std::string(req.param("code"))));
    co_return r;
}

} // namespace

// Arguments: the folder to serve below /static, and a file for the access log.
int main(int argc, char** argv) {
    std::signal(SIGUSR1, [](int) { told = true; }); // programs have handlers of their own
    server app;
    app.get("/hello/{name}", hello);
    app.get("/hello/literal", literal);
    app.get("/echo", echo);
    app.get("/sleep", asleep);
    app.get("/held", held);
    app.get("/blocked", blocked);
    app.get("/told", until_told);
    app.get("/told/offload", offload_until_told);
    app.get("/timer", asio_timer);
    app.get("/throws", throws);
    app.get("/throws/wordless", throws_wordless);
    app.get("/throws/number", throws_number);
    app.get("/offload", offloaded);
    app.get("/offload/throws", offloaded_throws);
    app.get("/large", large);
    app.get("/inject/value", inject_value);
    app.get("/inject/name", inject_name);
    app.get("/inject/type", inject_type);
    app.get("/own-framing", own_framing);
    app.get("/status/{code}", status);
    if (argc > 1)
        app.files("/static", argv[1]).files("/ruled", argv[1], {.cache_control = cache_control});
    run_options options;
    options.port = 0;
    options.workers = 1;
    if (argc > 2)
        options.access_log = argv[2];
    return app.run(options);
}
