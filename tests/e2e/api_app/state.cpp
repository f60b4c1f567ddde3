// Objects that handlers share, and those of their worker.
#include "parts.hpp"

#include <string>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

struct counters {
    int asked = 0;
};
struct greeting {
    std::string text;
};

awaitable<response> stateful(request&, const greeting& g, counters& mine) {
    co_return text(g.text + ' ' + std::to_string(++mine.asked));
}

} // namespace

void ringlet::testing::add_state(server& app) {
    const auto& hello = app.own<greeting>("hello");
    app.get("/state", stateful, hello, app.per_worker<counters>());
}
