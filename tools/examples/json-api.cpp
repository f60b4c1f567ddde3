// Notes, behind JSON:  curl -i --json '{"text": "buy milk"}' http://127.0.0.1:8080/notes
#include "listen.hpp"

#include <boost/json.hpp>
#include <map>
#include <mutex>
#include <ringlet/ringlet.hpp>

using namespace ringlet;
using note = boost::json::object; // any object will do, its id is given here

// Handlers on all workers share it: hence the lock, which is never held across a co_await.
struct store {
    std::mutex mutex;
    std::map<int, note> notes;
    int last = 0;
};

// The note that the path names. What is thrown becomes the answer.
auto find(request& req, store& s) {
    const auto found = s.notes.find(req.param<int>("id")); // 400 when it is no number
    if (found == s.notes.end())
        throw http_error(404, "There is no note " + std::string(req.param("id")) + ".");
    return found;
}

awaitable<note> read_note(request& req) {
    boost::json::value content = co_await req.body().json();
    if (!content.is_object())
        throw http_error(422, "A note is a JSON object.");
    co_return std::move(content.get_object());
}

awaitable<response> list(request&, store& s) {
    boost::json::array all;
    const std::lock_guard lock(s.mutex);
    for (const auto& [id, n] : s.notes)
        all.push_back(n);
    co_return json(all);
}

awaitable<response> add(request& req, store& s) {
    note n = co_await read_note(req);
    const std::lock_guard lock(s.mutex);
    n["id"] = ++s.last;
    response r = json(s.notes[s.last] = n);
    r.status = 201;
    r.set("Location", "/notes/" + std::to_string(s.last));
    co_return r;
}

awaitable<response> show(request& req, store& s) {
    const std::lock_guard lock(s.mutex);
    co_return json(find(req, s)->second);
}

awaitable<response> replace(request& req, store& s) {
    note n = co_await read_note(req);
    n["id"] = req.param<int>("id");
    const std::lock_guard lock(s.mutex);
    co_return json(find(req, s)->second = n);
}

awaitable<response> remove(request& req, store& s) {
    const std::lock_guard lock(s.mutex);
    s.notes.erase(find(req, s));
    co_return status();
}

int main(int argc, char** argv) {
    server app;
    auto& notes = app.own<store>();
    app.get("/notes", list, notes);
    app.post("/notes", add, notes);
    app.get("/notes/{id}", show, notes);
    app.put("/notes/{id}", replace, notes);
    app.del("/notes/{id}", remove, notes);
    return app.run(example::listen(argc, argv));
}
