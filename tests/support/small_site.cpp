#include "support/small_site.hpp"

#include "ringlet/websocket.hpp"

#include <chrono>
#include <filesystem>

namespace ringlet::testing {
namespace {

awaitable<response> echo(request& req) {
    std::string all = co_await req.body().text();
    co_return text(std::move(all));
}

awaitable<response> parse(request& req) {
    const auto value = co_await req.body().form();
    co_return text(std::to_string(value.size()));
}

awaitable<response> ignore(request& req) {
    co_return text(std::string(req.method()));
}

awaitable<response> large(request& req) {
    co_return text(std::string(req.param<std::size_t>("bytes"), 'x'));
}

awaitable<response> tell(request& req) {
    co_return text(std::string(req.path()) + '\n' + std::string(req.query()));
}

// The values of X, each in brackets.
awaitable<response> list(request& req) {
    std::string all;
    for (const std::string_view value : req.fields("X"))
        all.append("[").append(value).append("]");
    co_return text(std::move(all));
}

awaitable<response> tell_host(request& req) {
    co_return text(std::string(req.field("Host")));
}

awaitable<response> answer_with(request& req) {
    response r = text("some content");
    r.status = req.param<unsigned>("status");
    co_return r;
}

awaitable<response> move_on(request&) {
    co_return redirect("/file.txt", 303);
}

awaitable<void> produce(writer& out) {
    co_await out.write("one");
    co_await out.write("two");
}

awaitable<response> flow(request&) {
    co_return stream("text/plain", produce);
}

awaitable<void> say_nothing(websocket&) {
    co_return;
}

awaitable<response> talk(request& req) {
    co_return accept_websocket(req, say_nothing);
}

void write_files(const temporary_folder& folder) {
    folder.write("file.txt", small_site::letters);
    folder.write("app.js", "plain");
    folder.write("app.js.br", "br");
    folder.write("app.js.gz", "gzip");
    folder.write("picture.png", "png");
    folder.write("empty.txt", "");
    folder.write("a b.txt", "a space");
    std::filesystem::create_directory(folder.path() / "sub");
    folder.write("sub/index.html", "index");
    // small_site::modified
    const auto then = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) +
                      std::chrono::hours(8) + std::chrono::minutes(49) + std::chrono::seconds(37);
    std::filesystem::last_write_time(folder.path() / "file.txt",
                                     std::chrono::file_clock::from_sys(then));
}

} // namespace

server small_site::make_app(const temporary_folder& folder) {
    write_files(folder);
    server app;
    app.post("/echo", echo);
    app.post("/form", parse);
    for (const char* method : {"GET", "POST", "PUT", "DELETE"})
        app.on(method, "/ignore", ignore);
    app.get("/large/{bytes}", large);
    app.get("/tell/{rest...}", tell);
    app.get("/list", list);
    app.get("/host", tell_host);
    app.get("/status/{status}", answer_with);
    app.get("/moved", move_on);
    app.get("/stream", flow);
    app.get("/socket", talk);
    app.files("/", folder.path().string());
    return app;
}

} // namespace ringlet::testing
