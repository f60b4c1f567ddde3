// A folder of files, and beside it an interface with rules of its own.
//
//     curl http://127.0.0.1:8080/api/time
#include "listen.hpp"

#include <ringlet/ringlet.hpp>

using namespace ringlet;

awaitable<response> unix_time(request&) {
    co_return text(std::to_string(std::time(nullptr)) + "\n");
}

// Around every route below /api.
awaitable<response> no_store(request& req, next_handler next) {
    response r = co_await next(req);
    r.set("Cache-Control", "no-store");
    co_return r;
}

int main(int argc, char** argv) {
    server app;
    app.files("/", example::option(argc, argv, "--folder", "."));
    routes api = app.group("/api");
    api.use(no_store);
    api.get("/time", unix_time); // a route wins over a file api/time
    return app.run(example::listen(argc, argv));
}
