// Content, read in each way there is.
#include "parts.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::chrono_literals;

namespace {

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

} // namespace

awaitable<response> ringlet::testing::read_text(request& req) {
    const std::string all = co_await req.body().text();
    co_return text(std::to_string(all.size()) + ' ' + all.substr(0, 20));
}

void ringlet::testing::add_content(routes& app) {
    app.post("/text", read_text);
    app.post("/ten", read_ten);
    app.post("/json", read_json);
    app.post("/form", read_form);
    app.post("/pieces", read_pieces);
    app.post("/nothing", read_nothing);
    app.post("/late", read_late);
    app.post("/upload", upload);
}
