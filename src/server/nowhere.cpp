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
        r = answer_other_method(asked, allowed_for_files);
    } else if (!asked.allowed.empty()) {
        r = answer_other_method(asked, asked.allowed);
    } else {
        r = error_answer(asked, 404, {});
    }
    return r;
}

} // namespace

response answer_other_method(request::data& asked, std::string_view allowed) {
    const bool read_only = allowed == allowed_for_files;
    response r = asked.head.method == http::verb::options
                     ? status(204)
                     : error_answer(asked, 405, read_only ? "This resource can only be read." : "");
    r.set("Allow", std::string(allowed));
    return r;
}

awaitable<response> answer_nowhere(request& req) {
    co_return answer(request::data::of(req));
}

} // namespace ringlet
