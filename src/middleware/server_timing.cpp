#include "io/context.hpp"
#include "middleware/fields.hpp"
#include "ringlet/middleware.hpp"

#include <boost/asio/this_coro.hpp>

#include <charconv>

namespace ringlet {
namespace {

namespace asio = boost::asio;

io::clock::time_point time_of(const io::context* ctx) noexcept {
    return ctx != nullptr ? ctx->time() : io::clock::now();
}

// `app;dur=12.3`
void add_timing(response& r, io::clock::duration took) {
    char text[64] = "app;dur=";
    char* const number = text + std::string_view(text).size();
    const std::chrono::duration<double, std::milli> ms = took;
    const auto end =
        std::to_chars(number, std::end(text), ms.count(), std::chars_format::fixed, 1).ptr;
    add_member(r, "Server-Timing", {text, end});
}

awaitable<response> answer_with_timing(request& req, next_handler next) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    const io::context* ctx = io::context::of(ex);
    const io::clock::time_point began = time_of(ctx);
    response r = co_await next(req);
    add_timing(r, time_of(ctx) - began);
    co_return r;
}

} // namespace

middleware server_timing() {
    return answer_with_timing;
}

} // namespace ringlet
