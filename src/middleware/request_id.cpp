#include "http/syntax.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/middleware.hpp"

namespace ringlet {
namespace {

// It goes into logs and pages as it is.
bool is_harmless(std::string_view id) noexcept {
    return id.size() <= limits::request_id_bytes && http::is_token(id);
}

awaitable<response> answer_with_id(request& req, next_handler next) {
    response r = co_await next(req);
    r.set("X-Request-Id", req.id());
    co_return r;
}

} // namespace

middleware request_id(bool trust_client) {
    return [trust_client](request& req, next_handler next) {
        if (trust_client)
            if (const std::string_view id = req.field("X-Request-Id"); is_harmless(id))
                req.id(std::string(id));
        return answer_with_id(req, next);
    };
}

} // namespace ringlet
