#include "middleware/fields.hpp"
#include "ringlet/middleware.hpp"

namespace ringlet {
namespace {

void add_default(response& r, std::string_view name, const std::string& value) {
    if (!value.empty() && !has_field(r, name))
        r.add(name, value);
}

awaitable<response> answer_carefully(const security_options& o, request& req, next_handler next) {
    response r = co_await next(req);
    add_default(r, "Content-Security-Policy", o.content_security_policy);
    add_default(r, "Referrer-Policy", o.referrer_policy);
    add_default(r, "X-Frame-Options", o.frame_options);
    add_default(r, "Strict-Transport-Security", o.transport_security);
    add_default(r, "X-Content-Type-Options", "nosniff");
    co_return r;
}

} // namespace

middleware security_headers(security_options options) {
    return [o = std::move(options)](request& req, next_handler next) {
        return answer_carefully(o, req, next);
    };
}

} // namespace ringlet
