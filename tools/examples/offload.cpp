// Computes something that takes its time, on a thread where it is in nobody's way.
//
//     curl http://127.0.0.1:8080/hash/secret
#include "listen.hpp"

#include <functional>
#include <ringlet/ringlet.hpp>

using namespace ringlet;

// The hash of a hash of a hash... An ordinary function: it knows nothing of coroutines.
std::size_t slow_hash(std::string text, const std::stop_token& stop) {
    std::size_t hash = 0;
    for (int round = 0; round != 20'000 && !stop.stop_requested(); ++round) {
        hash = std::hash<std::string>()(text);
        text = std::to_string(hash);
    }
    return hash;
}

awaitable<response> hash(request& req) {
    // The token tells when the client has gone. Work that takes none is waited for.
    auto work = [text = std::string(req.param("text"))](std::stop_token stop) {
        return slow_hash(text, stop);
    };
    const std::size_t result = co_await offload(work); // meanwhile the worker serves others
    co_return text(std::to_string(result) + "\n");
}

int main(int argc, char** argv) {
    server app;
    app.get("/hash/{text}", hash);
    return app.run(example::listen(argc, argv));
}
