#include "ringlet/http_error.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/within.hpp"
#include "server/error_answer.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

response too_late(request& req, unsigned status) {
    response r = error_answer(request::data::of(req), status, "There was no answer in time.");
    if (status == 503)
        r.set("Retry-After", "1");
    return r;
}

awaitable<response> answer_in_time(std::chrono::steady_clock::duration length, unsigned status,
                                   request& req, next_handler next) {
    detail::outcome<response> o;
    auto calling = detail::await_into(o, next(req));
    auto ending = detail::ends_within(length, std::move(calling));
    const bool in_time = co_await std::move(ending);
    if (!in_time)
        co_return too_late(req, status);
    co_return o.take();
}

} // namespace

middleware deadline(std::chrono::steady_clock::duration length, unsigned status) {
    if (length <= length.zero())
        throw std::invalid_argument("deadline: the time would be over before it begins");
    const http_error checked(status, ""); // throws where it would throw later
    return [length, s = checked.status()](request& req, next_handler next) {
        return answer_in_time(length, s, req, next);
    };
}

} // namespace ringlet
