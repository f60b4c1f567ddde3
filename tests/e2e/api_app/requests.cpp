// What is asked: parameters, the query, fields, the method.
#include "parts.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

std::string joined(const std::vector<std::string_view>& parts) {
    std::string all;
    for (const std::string_view part : parts)
        all.append(all.empty() ? "" : "|").append(part);
    return all;
}

awaitable<response> number(request& req) {
    co_return text(std::to_string(req.param<int>("n") + 1));
}

awaitable<response> unsigned_number(request& req) {
    co_return text(std::to_string(req.param<std::uint8_t>("n")));
}

awaitable<response> rest(request& req) {
    co_return text('[' + std::string(req.param("rest")) + ']');
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

} // namespace

awaitable<response> ringlet::testing::literal(request&) {
    co_return text("literal");
}

void ringlet::testing::add_requests(routes& app) {
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
}
