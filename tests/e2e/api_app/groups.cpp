// Middleware, around groups of routes and around folders.
#include "parts.hpp"

#include <string>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

awaitable<response> guard(request& req, next_handler next) {
    if (req.field("x-key") != "open sesame")
        throw http_error(403, "Closed.");
    response r = co_await next(req);
    co_return r;
}

awaitable<response> innermost(request& req) {
    const std::string* tagged = req.attached<std::string>();
    co_return text(tagged != nullptr ? *tagged : "none");
}

} // namespace

middleware ringlet::testing::tag(const std::string& name) {
    return [name](request& req, next_handler next) -> awaitable<response> {
        req.attach(name);
        response r = co_await next(req);
        r.add("X-Tag", name);
        co_return r;
    };
}

void ringlet::testing::add_groups(routes& app) {
    routes outer = app.group("/outer");
    routes inner = outer.group("/inner");
    inner.get("/x", innermost).use(tag("route"));
    outer.get("/y", innermost);
    outer.get("/broken", broken);
    outer.use(tag("outer"));
    inner.use(tag("inner"));
    routes guarded = app.group("/guarded").use(guard);
    guarded.files("/", folder);
    guarded.post("/post", read_text);

    app.files("/both", folder);
    app.group("/both/guarded").use(guard);
    app.post("/both/file.txt", literal);
    app.group("/kept").use(guard);
    app.group("/kept").files("/", folder);
    app.group("/kept/deep").files("/", folder);
}
