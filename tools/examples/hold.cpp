// Holds each request for 1 to 3 s, like a server that waits for a slow one behind it.
//
//     curl http://127.0.0.1:8080/hold
#include "listen.hpp"

#include <random>
#include <ringlet/ringlet.hpp>

using namespace ringlet;
using dice = std::mt19937;

awaitable<response> hold(request&, dice& random) {
    std::uniform_int_distribution between(1000, 3000);
    const std::chrono::milliseconds length(between(random));
    co_await sleep_for(length); // costs no thread: a worker can have ten thousand of these
    co_return text("held for " + std::to_string(length.count()) + " ms\n");
}

int main(int argc, char** argv) {
    server app;
    // Each worker throws its own dice, for a generator of random numbers is no thing to share.
    auto& random = app.per_worker<dice>([] { return dice(std::random_device{}()); });
    app.get("/hold", hold, random);
    return app.run(example::listen(argc, argv));
}
