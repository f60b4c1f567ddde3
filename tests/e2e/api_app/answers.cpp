// Answers that are made at once: of each kind, and errors.
#include "parts.hpp"

#include <boost/json.hpp>

#include <stdexcept>
#include <string>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

awaitable<response> moved(request&) {
    co_return redirect("/elsewhere?a=b", 303);
}

awaitable<response> empty(request&) {
    co_return status(204);
}

awaitable<response> object(request&) {
    co_return json({{"a", 1}, {"b", {true, nullptr}}});
}

awaitable<response> many_fields(request&) {
    response r = text("x");
    r.set("X-One", "1").add("X-Two", "a").add("X-Two", "b").set("x-one", "2");
    co_return r;
}

awaitable<response> own_file(request& req) {
    response r = file(folder + '/' + std::string(req.param("name")));
    r.set("Cache-Control", "max-age=7").set("X-More", "yes");
    co_return r;
}

awaitable<response> confined_file(request& req) {
    co_return file_in(folder, req.query("path").value_or(""));
}

awaitable<response> unset_folder(request& req) {
    co_return file_in("", req.query("path").value_or(""));
}

awaitable<response> teapot(request&) {
    throw http_error(418, "I am a <teapot>.");
    co_return response{};
}

awaitable<response> busy(request&) {
    throw http_error(503, "Come back later.");
    co_return response{};
}

} // namespace

awaitable<response> ringlet::testing::broken(request&) {
    throw std::runtime_error("this handler is broken");
    co_return response{};
}

void ringlet::testing::add_answers(routes& app) {
    app.get("/moved", moved);
    app.get("/empty", empty);
    app.get("/object", object);
    app.get("/fields/many", many_fields);
    app.get("/file/{name}", own_file);
    app.get("/confined", confined_file);
    app.get("/unset", unset_folder);

    app.get("/teapot", teapot);
    app.get("/broken", broken);
    app.get("/busy", busy);
}
