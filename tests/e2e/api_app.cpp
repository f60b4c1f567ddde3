// A program that uses all of what a handler can do. Its tests ask it for one thing at a time.
#include <ringlet/ringlet.hpp>
#include <ringlet/websocket.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json.hpp>

#include <fstream>
#include <iostream>
#include <string>

using namespace ringlet;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

std::string folder; // to read from and to write to

std::string joined(const std::vector<std::string_view>& parts) {
    std::string all;
    for (const std::string_view part : parts)
        all.append(all.empty() ? "" : "|").append(part);
    return all;
}

// --- what is asked ---

awaitable<response> number(request& req) {
    co_return text(std::to_string(req.param<int>("n") + 1));
}

awaitable<response> unsigned_number(request& req) {
    co_return text(std::to_string(req.param<std::uint8_t>("n")));
}

awaitable<response> rest(request& req) {
    co_return text('[' + std::string(req.param("rest")) + ']');
}

awaitable<response> literal(request&) {
    co_return text("literal");
}

awaitable<response> query(request& req) {
    std::string all = std::to_string(req.query<int>("n").value_or(-1)) + ' ' +
                      std::string(req.query("s").value_or("none"));
    for (const auto& [name, value] : req.query_params())
        all += ' ' + name + '=' + value;
    co_return text(all);
}

awaitable<response> fields(request& req) {
    co_return text(joined(req.fields("x-a")) + ' ' + std::string(req.field("X-B")) + ' ' +
                   std::string(req.cookie("session").value_or("none")));
}

awaitable<response> peer(request& req) {
    co_return text(req.peer());
}

awaitable<response> method(request& req) {
    co_return text(std::string(req.method()));
}

// --- content ---

awaitable<response> read_text(request& req) {
    const std::string all = co_await req.body().text();
    co_return text(std::to_string(all.size()) + ' ' + all.substr(0, 20));
}

awaitable<response> read_ten(request& req) {
    const std::string all = co_await req.body().text(10);
    co_return text(all);
}

awaitable<response> read_json(request& req) {
    const boost::json::value value = co_await req.body().json();
    co_return json(value.at("list").at(1));
}

awaitable<response> read_form(request& req) {
    const form f = co_await req.body().form();
    co_return text(f.at("name") + ' ' + (f.find("missing") == nullptr ? "none" : "some"));
}

awaitable<response> read_pieces(request& req) {
    std::uint64_t size = 0;
    std::uint32_t sum = 0;
    req.body().limit(1'000'000'000);
    const std::string target(req.target()); // the head must stay where it is
    for (;;) {
        const std::string_view piece = co_await req.body().next();
        if (piece.empty())
            break;
        size += piece.size();
        for (const char c : piece)
            sum = sum * 31 + static_cast<unsigned char>(c);
        if (req.target() != target || req.field("host") != "localhost")
            throw std::runtime_error("the head has moved");
    }
    co_return text(std::to_string(size) + ' ' + std::to_string(sum));
}

awaitable<response> read_nothing(request&) {
    co_return text("not read");
}

awaitable<response> read_late(request& req) {
    co_await sleep_for(50ms);
    const std::string all = co_await req.body().text(100'000'000);
    co_return text(std::to_string(all.size()));
}

awaitable<response> upload(request& req) {
    multipart parts(req);
    req.body().limit(100'000'000);
    std::string told;
    for (int i = 0;; ++i) {
        const std::optional<part> p = co_await parts.next();
        if (!p)
            break;
        told += p->name + ':';
        if (!p->filename) {
            const std::string value = co_await parts.text(100);
            told += value + '\n';
            continue;
        }
        const std::string path = folder + "/upload-" + std::to_string(i);
        const std::uint64_t size = co_await parts.save(path);
        told += *p->filename + ':' + p->content_type + ':' + std::to_string(size) + '\n';
    }
    co_return text(told);
}

// --- answers ---

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

// --- streams ---

awaitable<void> count(writer& out, int n) {
    for (int i = 0; i < n; ++i) {
        co_await out.write("piece " + std::to_string(i) + "\n");
        co_await sleep_for(1ms);
    }
}

awaitable<response> counted(request& req) {
    const int n = req.param<int>("n");
    co_return stream("text/plain", [n](writer& out) { return count(out, n); });
}

awaitable<response> large(request& req) {
    const auto size = req.param<std::size_t>("n");
    const std::string chunk(size, 'L');
    co_return stream("text/plain", [chunk](writer& out) { return out.write(chunk); });
}

awaitable<response> known_length(request& req) {
    const int n = req.param<int>("n"); // of the 3 that are written, each of 8 bytes
    co_return stream("text/plain", static_cast<std::uint64_t>(n) * 8,
                     [](writer& out) { return count(out, 3); });
}

awaitable<void> fail_midway(writer& out) {
    co_await out.write("the beginning");
    throw std::runtime_error("no more to be had");
}

awaitable<void> write_twice(writer& out) {
    const std::string much(8'000'000, 'x');
    auto both = out.write(much) && out.write("the second");
    co_await std::move(both);
}

awaitable<response> twice(request&) {
    co_return stream("text/plain", write_twice);
}

// The answer has begun: it is too late for 100 Continue.
awaitable<response> late_content(request& req) {
    co_return stream("text/plain", [&req](writer& out) -> awaitable<void> {
        co_await out.write("begun ");
        const std::string all = co_await req.body().text();
        co_await out.write(all);
    });
}

awaitable<response> failing(request&) {
    co_return stream("text/plain", fail_midway);
}

awaitable<void> send_events(event_writer& out) {
    co_await out.send("one");
    co_await out.send("two\nlines", "named", "7");
    co_await out.keep_alive();
    co_await sleep_for(60s);
}

awaitable<response> sse(request&) {
    co_return events(send_events);
}

awaitable<response> late_sse(request&) {
    co_await sleep_for(200ms);
    co_return events(send_events);
}

// --- errors ---

awaitable<response> teapot(request&) {
    throw http_error(418, "I am a <teapot>.");
    co_return response{};
}

awaitable<response> broken(request&) {
    throw std::runtime_error("this handler is broken");
    co_return response{};
}

awaitable<response> busy(request&) {
    throw http_error(503, "Come back later.");
    co_return response{};
}

// --- middleware, groups, state ---

middleware tag(const std::string& name) {
    return [name](request& req, next_handler next) -> awaitable<response> {
        req.attach(name);
        response r = co_await next(req);
        r.add("X-Tag", name);
        co_return r;
    };
}

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

struct counters {
    int asked = 0;
};
struct greeting {
    std::string text;
};

awaitable<response> stateful(request&, const greeting& g, counters& mine) {
    co_return text(g.text + ' ' + std::to_string(++mine.asked));
}

// --- WebSocket ---

awaitable<void> close_and_tell(websocket& ws) {
    const boost::beast::websocket::close_reason why(boost::beast::websocket::close_code::normal);
    auto closing = ws.async_close(why, boost::asio::as_tuple(boost::asio::deferred));
    const auto [failed] = co_await std::move(closing);
    std::cerr << (failed ? "the closing was cut short\n" : "the session has closed\n");
}

awaitable<void> echo(websocket& ws) {
    for (;;) {
        boost::beast::flat_buffer message;
        co_await ws.async_read(message);
        const std::string said = boost::beast::buffers_to_string(message.data());
        if (said == "throw")
            throw std::runtime_error("the session fails");
        if (said == "return")
            co_return;
        if (said == "close") {
            co_await close_and_tell(ws);
            co_return;
        }
        ws.text(ws.got_text());
        co_await ws.async_write(message.data());
    }
}

awaitable<response> talk(request& req) {
    co_return accept_websocket(req, echo);
}

// Writes more than the client will read, and closes meanwhile when it is told to.
awaitable<void> flood_and_close(websocket& ws) {
    const std::string much(100'000'000, 'x');
    auto flooding = [&]() -> awaitable<void> {
        co_await ws.async_write(boost::asio::buffer(much));
    };
    auto closing = [&]() -> awaitable<void> {
        boost::beast::flat_buffer message;
        co_await ws.async_read(message);
        std::cerr << "closing\n";
        co_await close_and_tell(ws);
    };
    auto both = flooding() && closing();
    co_await std::move(both);
}

awaitable<response> talk_much(request& req) {
    co_return accept_websocket(req, flood_and_close);
}

awaitable<response> talk_chat(request& req) {
    response r = accept_websocket(req, echo);
    if (req.field("Sec-WebSocket-Protocol").find("chat") != std::string_view::npos)
        r.set("Sec-WebSocket-Protocol", "chat");
    r.add("Set-Cookie", "a=1").add("Set-Cookie", "b=2").set("Sec-WebSocket-Accept", "nonsense");
    co_return r;
}

awaitable<response> talk_nonsense(request& req) {
    response r = accept_websocket(req, echo);
    r.set("X-Lines", "one\r\nX-Two: two");
    co_return r;
}

} // namespace

int main(int argc, char** argv) {
    folder = argc > 1 ? argv[1] : ".";
    server app;

    app.get("/number/{n}", number);
    app.get("/unsigned/{n}", unsigned_number);
    app.get("/rest/{rest...}", rest);
    app.get("/rest/literal", literal);
    app.get("/query", query);
    app.get("/fields", fields);
    app.get("/peer", peer);
    app.get("/method", method);
    app.post("/method", method);
    app.put("/method", method);
    app.patch("/method", method);
    app.del("/method", method);
    app.on("OPTIONS", "/method", method);

    app.post("/text", read_text);
    app.post("/ten", read_ten);
    app.post("/json", read_json);
    app.post("/form", read_form);
    app.post("/pieces", read_pieces);
    app.post("/nothing", read_nothing);
    app.post("/late", read_late);
    app.post("/upload", upload);

    app.get("/moved", moved);
    app.get("/empty", empty);
    app.get("/object", object);
    app.get("/fields/many", many_fields);
    app.get("/file/{name}", own_file);
    app.get("/confined", confined_file);
    app.get("/unset", unset_folder);

    app.get("/stream/{n}", counted);
    app.get("/stream/large/{n}", large);
    app.get("/stream/known/{n}", known_length);
    app.get("/stream/failing", failing);
    app.get("/stream/twice", twice);
    app.post("/stream/late", late_content);
    app.get("/events", sse);
    app.get("/events/late", late_sse);

    app.get("/teapot", teapot);
    app.get("/broken", broken);
    app.get("/busy", busy);

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

    const auto& hello = app.own<greeting>("hello");
    app.get("/state", stateful, hello, app.per_worker<counters>());
    app.get("/ws", talk);
    app.get("/ws/flood", talk_much);
    app.get("/ws/chat", talk_chat).use(tag("around"));
    app.get("/ws/nonsense", talk_nonsense);
    app.files("/both", folder);
    app.group("/both/guarded").use(guard);
    app.post("/both/file.txt", literal);
    app.group("/kept").use(guard);
    app.group("/kept").files("/", folder);
    app.group("/kept/deep").files("/", folder);

    run_options options;
    options.port = 0;
    options.workers = 1;
    return app.run(options);
}
