// The least that a handler needs.
//
//     curl http://127.0.0.1:8080/hello/world
#include "listen.hpp"

#include <ringlet/ringlet.hpp>

using namespace ringlet;

awaitable<response> hello(request& req) {
    co_return text("hello, " + std::string(req.param("name")) + "\n");
}

int main(int argc, char** argv) {
    server app;
    app.get("/hello/{name}", hello);
    return app.run(example::listen(argc, argv));
}
