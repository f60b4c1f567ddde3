#include "middleware/fields.hpp"
#include "ringlet/middleware.hpp"

#include <algorithm>
#include <stdexcept>

namespace ringlet {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) noexcept {
    return std::ranges::find(list, text) != list.end();
}

std::string join(const std::vector<std::string>& list) {
    std::string all;
    for (const std::string& member : list)
        all.append(all.empty() ? "" : ", ").append(member);
    return all;
}

class policy {
  public:
    explicit policy(cors_options options)
        : options_(std::move(options)),
          everyone_(contains(options_.origins, "*")),
          methods_(join(options_.methods)),
          fields_(join(options_.fields)),
          exposed_(join(options_.exposed)) {
        if (everyone_ && options_.credentials)
            throw std::invalid_argument("cors: credentials cannot be for all origins: name them");
    }

    static bool is_preflight(const request& req) noexcept {
        return req.method() == "OPTIONS" && !req.field("Origin").empty() &&
               !req.field("Access-Control-Request-Method").empty();
    }

    response preflight(const request& req) const {
        response r = status(204);
        add_dependence(r);
        const std::string_view origin = req.field("Origin");
        if (!lets_in(origin) ||
            !contains(options_.methods, req.field("Access-Control-Request-Method")))
            return r; // the browser then refuses, and tells the script's author why
        add_origin(r, origin);
        r.set("Access-Control-Allow-Methods", methods_);
        const std::string_view asked = req.field("Access-Control-Request-Headers");
        if (!options_.fields.empty())
            r.set("Access-Control-Allow-Headers", fields_);
        else if (!asked.empty())
            r.set("Access-Control-Allow-Headers", std::string(asked));
        r.set("Access-Control-Max-Age", std::to_string(options_.max_age.count()));
        return r;
    }

    void add_to(response& r, const request& req) const {
        add_dependence(r);
        const std::string_view origin = req.field("Origin");
        if (!lets_in(origin))
            return;
        add_origin(r, origin);
        if (!exposed_.empty())
            r.set("Access-Control-Expose-Headers", exposed_);
    }

  private:
    bool lets_in(std::string_view origin) const noexcept {
        return everyone_ || contains(options_.origins, origin);
    }

    // Said to those without an origin too: a cache may give their answer to one who has one.
    void add_dependence(response& r) const {
        if (!everyone_)
            add_vary(r, "Origin");
    }

    void add_origin(response& r, std::string_view origin) const {
        r.set("Access-Control-Allow-Origin", everyone_ ? "*" : std::string(origin));
        if (options_.credentials)
            r.set("Access-Control-Allow-Credentials", "true");
    }

    cors_options options_;
    bool everyone_;
    std::string methods_;
    std::string fields_;
    std::string exposed_;
};

awaitable<response> answer_across(const policy& p, request& req, next_handler next) {
    if (policy::is_preflight(req))
        co_return p.preflight(req);
    response r = co_await next(req);
    p.add_to(r, req);
    co_return r;
}

} // namespace

middleware cors(cors_options options) {
    return [p = policy(std::move(options))](request& req, next_handler next) {
        return answer_across(p, req, next);
    };
}

} // namespace ringlet
