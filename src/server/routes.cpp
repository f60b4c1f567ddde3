#include "ringlet/routes.hpp"

#include "server/error_answer.hpp"
#include "server/site.hpp"
#include "server/valid.hpp"

#include <boost/asio/this_coro.hpp>

namespace ringlet {

route& route::use(middleware m) {
    endpoint_->own.push_back(std::move(m));
    return *this;
}

route routes::on(std::string_view method, std::string pattern, handler h) {
    return route(site_->add_route(*scope_, method, pattern, std::move(h)));
}

routes& routes::files(std::string prefix, const std::string& folder, files_options options) {
    site_->add_mount(*scope_, std::move(prefix), folder, std::move(options));
    return *this;
}

routes& routes::use(middleware m) {
    scope_->wraps.push_back(std::move(m));
    return *this;
}

routes routes::group(std::string prefix) {
    return routes(*site_, site_->add_scope(*scope_, std::move(prefix)));
}

namespace {

// Middleware is given a response in any case, so that it can add to it.
// A handler that was told to end (by a deadline, say) has no answer, and is no error.
awaitable<response> call_guarded(const middleware* m, const endpoint& to, std::size_t at,
                                 request& req) {
    std::exception_ptr thrown;
    try {
        auto answering = m == nullptr
                             ? valid(to.call(req), "the handler")
                             : valid((*m)(req, next_handler(to, at + 1)), "the middleware");
        co_return co_await std::move(answering);
    } catch (...) {
        thrown = std::current_exception();
    }
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none)
        std::rethrow_exception(thrown);
    co_return error_answer(request::data::of(req), thrown);
}

} // namespace

awaitable<response> next_handler::operator()(request& req) const {
    return call_guarded(at_ == to_->around.size() ? nullptr : to_->around[at_], *to_, at_, req);
}

} // namespace ringlet
