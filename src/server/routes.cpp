#include "ringlet/routes.hpp"

#include "server/error_answer.hpp"
#include "server/site.hpp"

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
awaitable<response> call_guarded(const endpoint& to, request& req) {
    std::exception_ptr thrown;
    try {
        co_return co_await to.call(req);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return error_answer(request::data::of(req), thrown);
}

} // namespace

awaitable<response> next_handler::operator()(request& req) const {
    if (at_ == to_->around.size())
        return call_guarded(*to_, req);
    return (*to_->around[at_])(req, next_handler(*to_, at_ + 1));
}

} // namespace ringlet
