// Tells the time, once a second, for as long as somebody looks.
//
//     curl -N http://127.0.0.1:8080/clock
#include "listen.hpp"

#include <ctime>
#include <ringlet/ringlet.hpp>

using namespace ringlet;
using namespace std::chrono_literals;

constexpr auto page = R"(<!doctype html><meta charset="utf-8"><title>Clock</title>
<h1 id="time"></h1>
<script>
const time = document.getElementById("time");
new EventSource("clock").onmessage = event => { time.textContent = event.data; };
</script>
)";

std::string time_of_day() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    char text[sizeof "hh:mm:ss"];
    return {text, std::strftime(text, sizeof text, "%T", &local)};
}

// No end in sight: when the page is closed, or the server ends, it is cancelled where it waits.
awaitable<void> tick(event_writer& out) {
    for (;;) {
        const std::string now = time_of_day();
        co_await out.send(now);
        co_await sleep_for(1s);
    }
}

awaitable<response> clock(request&) {
    co_return events(tick);
}

awaitable<response> show_page(request&) {
    co_return html(page);
}

int main(int argc, char** argv) {
    server app;
    app.get("/", show_page);
    app.get("/clock", clock);
    return app.run(example::listen(argc, argv));
}
