#include "server/file_answer.hpp"

#include "server/content.hpp"
#include "server/error_answer.hpp"

namespace ringlet {
namespace {

response from_mount(const mount& from, request::data& asked) {
    if (asked.head.method != http::verb::get && asked.head.method != http::verb::head) {
        response r = error_answer(asked, 405, "This resource can only be read.");
        r.set("Allow", "GET, HEAD");
        return r;
    }
    response r;
    r.content = std::make_shared<detail::content>(detail::content{detail::mount_content{&from}});
    return r;
}

awaitable<response> answer(const mount& from, request& req) {
    co_return from_mount(from, request::data::of(req));
}

} // namespace

awaitable<response> answer_nowhere(request& req) {
    request::data& asked = request::data::of(req);
    if (asked.from != nullptr)
        co_return from_mount(*asked.from, asked);
    if (asked.allowed.empty())
        co_return error_answer(asked, 404, {});
    response r = error_answer(asked, 405, {});
    r.set("Allow", asked.allowed);
    co_return r;
}

handler answer_from_mount(const mount& from) {
    return [&from](request& req) { return answer(from, req); };
}

} // namespace ringlet
