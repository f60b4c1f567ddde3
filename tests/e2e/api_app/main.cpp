// A program that uses all of what a handler can do. Its tests ask it for one thing at a time.
#include "parts.hpp"

using namespace ringlet;
using namespace ringlet::testing;

int main(int argc, char** argv) {
    folder = argc > 1 ? argv[1] : ".";
    server app;
    add_requests(app);
    add_content(app);
    add_answers(app);
    add_streams(app);
    add_groups(app);
    add_state(app);
    add_websockets(app);

    run_options options;
    options.port = 0;
    options.workers = 1;
    return app.run(options);
}
