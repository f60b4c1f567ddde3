#include "server/nowhere.hpp"

#include "server/content.hpp"
#include "server/error_answer.hpp"

namespace ringlet {
namespace {

response answer(request::data& asked) {
    const bool reads =
        asked.head.method == http::verb::get || asked.head.method == http::verb::head;
    response r;
    if (asked.from != nullptr && reads) {
        r.content =
            std::make_shared<detail::content>(detail::content{detail::mount_content{asked.from}});
    } else if (asked.from != nullptr) {
        r = error_answer(asked, 405, "This resource can only be read.");
        r.set("Allow", "GET, HEAD");
    } else if (!asked.allowed.empty()) {
        r = error_answer(asked, 405, {});
        r.set("Allow", asked.allowed);
    } else {
        r = error_answer(asked, 404, {});
    }
    return r;
}

} // namespace

awaitable<response> answer_nowhere(request& req) {
    co_return answer(request::data::of(req));
}

} // namespace ringlet
