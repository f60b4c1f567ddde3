// What docs/handlers.md quotes and no example shows. A program, so that it is tried and not only
// compiled.
#include <atomic>
#include <cstdio>
#include <ringlet/ringlet.hpp>

using namespace ringlet;
using namespace std::chrono_literals;

awaitable<response> home(request&) {
    co_return html("<h1>Home</h1>\n");
}

awaitable<response> show_user(request& req) {
    const int id = req.param<int>("id"); // 400, with a word about it, for /users/x
    co_return text("user " + std::to_string(id) + "\n");
}

awaitable<response> show_me(request&) {
    co_return text("you\n");
}

awaitable<response> show_page(request& req) {
    co_return text("page " + std::string(req.param("page")) + "\n");
}

awaitable<response> search(request& req) {
    const auto words = req.query("q"); // nothing if there is no q
    if (!words)
        throw http_error(400, "What are you looking for?");
    const int page = req.query<int>("page").value_or(1); // 400 for page=x
    std::string said = std::string(*words) + ", page " + std::to_string(page);
    said += " for " + req.peer() + " with " + std::string(req.field("User-Agent"));
    if (const auto language = req.cookie("language"))
        said += " in " + std::string(*language);
    co_return text(said + "\n");
}

awaitable<response> sign_up(request& req) {
    const form fields = co_await req.body().form();
    const std::string& name = fields.at("name"); // 400 without one
    co_return text("welcome, " + name + "\n");
}

awaitable<response> count_bytes(request& req) {
    std::uint64_t bytes = 0;
    req.body().limit(1'000'000'000);
    for (;;) {
        const std::string_view piece = co_await req.body().next();
        if (piece.empty())
            break;
        bytes += piece.size();
    }
    co_return text(std::to_string(bytes) + "\n");
}

awaitable<response> report(request& req) {
    if (req.query("old"))
        co_return redirect("/report", 308);
    response r = html("<h1>Report</h1>\n");
    r.set("Cache-Control", "max-age=60");
    r.add("Set-Cookie", "seen=report; Path=/; HttpOnly");
    co_return r;
}

awaitable<response> download(request& req, const std::string& folder) {
    response r = file_in(folder, req.param("path")); // nothing outside the folder is reached
    r.set("Content-Disposition", "attachment");
    co_return r;
}

awaitable<void> count_down(writer& out) {
    for (int left = 3; left != 0; --left) {
        const std::string line = std::to_string(left) + "\n";
        co_await out.write(line); // waits for a slow client, throws when it has gone
        co_await sleep_for(10ms);
    }
}

awaitable<response> launch(request&) {
    co_return stream("text/plain", count_down);
}

class seat {
  public:
    explicit seat(std::atomic<int>& taken) : taken_(taken) { ++taken_; }
    ~seat() { --taken_; }
    seat(const seat&) = delete;

  private:
    std::atomic<int>& taken_;
};

awaitable<tcp_stream> connect_in_the_end(std::string host, std::uint16_t port) {
    for (;;) {
        try {
            co_return co_await connect(host, port);
        } catch (const boost::system::system_error& e) {
            if (e.code() == boost::asio::error::operation_aborted)
                throw; // the client is gone, or there is a deadline and it has passed
        }
        co_await sleep_for(100ms);
    }
}

awaitable<response> wait_for_port(request& req) {
    co_await connect_in_the_end("127.0.0.1", req.param<std::uint16_t>("port"));
    co_return text("it listens\n");
}

awaitable<response> wait_for_news(request&, std::atomic<int>& taken) {
    const seat mine(taken);
    co_await sleep_for(1h); // throws when the client goes away, and the seat is free again
    co_return text("no news\n");
}

awaitable<response> show_seats(request&, std::atomic<int>& taken) {
    co_return text(std::to_string(taken) + " taken\n");
}

awaitable<response> timed(request& req, next_handler next) {
    const auto began = std::chrono::steady_clock::now();
    response r = co_await next(req);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    r.set("X-Took-Ms", std::to_string(took.count()));
    co_return r;
}

struct visitor {
    std::string name;
};

awaitable<response> members_only(request& req, next_handler next) {
    const auto name = req.cookie("name");
    if (!name)
        throw http_error(403, "Members only.");
    visitor who{std::string(*name)};
    req.attach(std::move(who)); // for the handlers behind
    co_return co_await next(req);
}

awaitable<response> greet_member(request& req) {
    co_return text("hello, " + req.attached<visitor>()->name + "\n");
}

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    server app;
    app.get("/", home);
    app.get("/users/{id}", show_user);     // one segment: req.param("id")
    app.get("/users/me", show_me);         // a literal wins over {id}, whichever was added first
    app.get("/wiki/{page...}", show_page); // the rest of the path, slashes and all
    app.files("/static", folder);

    routes members = app.group("/members");
    members.use(members_only);
    members.get("/hello", greet_member); // GET /members/hello

    app.get("/search", search);
    app.post("/sign-up", sign_up);
    app.put("/count", count_bytes);
    app.get("/report", report).use(timed); // around this route alone
    app.get("/download/{path...}", download, folder);
    app.get("/launch", launch);
    auto& taken = app.own<std::atomic<int>>(0);
    app.get("/news", wait_for_news, taken);
    app.get("/listens/{port}", wait_for_port);
    app.get("/seats", show_seats, taken);
    return app.run({.port = 0, .workers = 1});
}
