#include "server/error_answer.hpp"

#include "http/error_page.hpp"
#include "http/media_type.hpp"
#include "http/problem.hpp"
#include "ringlet/http_error.hpp"
#include "server/log.hpp"

namespace ringlet {
response error_answer(request::data& asked, unsigned code, std::string_view detail) {
    const auto s = static_cast<http::status>(code);
    const std::string_view id = asked.more ? std::string_view(asked.more->id) : std::string_view();
    response r{code, {}, {}};
    if (http::prefers_json(asked.head)) {
        r.content_type = "application/problem+json";
        http::problem_json(r.body, s, detail, id);
    } else {
        r.content_type = "text/html; charset=utf-8";
        http::error_page(r.body, s, detail, id);
    }
    r.set("Vary", "Accept"); // RFC 9110 section 12.5.5: most errors may be kept by caches
    return r;
}

response error_answer(request::data& asked, std::exception_ptr thrown) {
    if (asked.source->abandoned())
        std::rethrow_exception(thrown);
    try {
        std::rethrow_exception(first_of(thrown));
    } catch (const http_error& e) {
        response r = error_answer(asked, e.status(), e.what());
        for (const auto& [name, value] : e.fields())
            r.set(name, value);
        return r;
    } catch (...) {
        const std::string& id = request(asked).id();
        log(log_level::error, std::string(asked.head.method_name) + ' ' + asked.path +
                                  ": handler failed: " + text_of(thrown) + " (request " + id + ')');
        return error_answer(asked, 500, {});
    }
}

} // namespace ringlet
