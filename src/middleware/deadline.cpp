#include "ringlet/http_error.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/sleep.hpp"
#include "server/error_answer.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <exception>

namespace ringlet {
namespace {

struct outcome {
    response answer;
    std::exception_ptr thrown;
};

// Throws nothing: of two awaitables of which one fails, `||` goes on waiting for the other.
awaitable<void> call(next_handler next, request& req, outcome& o) {
    try {
        o.answer = co_await next(req);
    } catch (...) {
        o.thrown = std::current_exception();
    }
}

response too_late(request& req, unsigned status) {
    response r = error_answer(request::data::of(req), status, "There was no answer in time.");
    if (status == 503)
        r.set("Retry-After", "1");
    return r;
}

awaitable<response> answer_in_time(std::chrono::steady_clock::duration length, unsigned status,
                                   request& req, next_handler next) {
    using namespace boost::asio::experimental::awaitable_operators;
    outcome o;
    auto calling = call(next, req, o);
    auto waiting = sleep_for(length);
    auto either = std::move(calling) || std::move(waiting);
    const auto first = co_await std::move(either);
    if (first.index() == 1)
        co_return too_late(req, status);
    if (o.thrown)
        std::rethrow_exception(o.thrown);
    co_return std::move(o.answer);
}

} // namespace

middleware deadline(std::chrono::steady_clock::duration length, unsigned status) {
    const http_error checked(status, ""); // throws where it would throw later
    return [length, s = checked.status()](request& req, next_handler next) {
        return answer_in_time(length, s, req, next);
    };
}

} // namespace ringlet
