#include "http/base64.hpp"
#include "http/syntax.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/offload.hpp"
#include "server/error_answer.hpp"

#include <crypt.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace ringlet {
namespace {

struct credentials {
    std::string name;
    std::string password;
};

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// RFC 7617 section 2. A password with a NUL in it would end there for crypt(3).
std::optional<credentials> read_credentials(const request& req) {
    constexpr std::string_view scheme = "Basic ";
    std::string_view encoded = req.field("Authorization"); // of which there are no two
    if (!http::iequals(encoded.substr(0, scheme.size()), scheme))
        return std::nullopt;
    encoded.remove_prefix(std::min(encoded.find_first_not_of(' ', scheme.size()), encoded.size()));
    const auto pair = http::decode_base64(encoded);
    if (!pair || has_control(*pair))
        return std::nullopt;
    const std::size_t colon = pair->find(':');
    if (colon == std::string::npos)
        return std::nullopt;
    return credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

// Takes as long wherever the difference is. How long a hash is tells nothing but its kind.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size())
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

// Takes long, and means to.
bool fits(const std::string& password, const std::string& hash) {
    const auto scratch = std::make_unique<crypt_data>(); // 32 KiB
    const char* made = ::crypt_r(password.c_str(), hash.c_str(), scratch.get());
    return made != nullptr && equal_in_constant_time(made, hash);
}

// What crypt(3) takes without a dollar is DES or a plain text.
bool is_hash(const std::string& text) noexcept {
    return text.starts_with('$') && ::crypt_checksalt(text.c_str()) != CRYPT_SALT_INVALID;
}

std::string quoted_string(std::string_view text) {
    std::string all = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            all += '\\';
        all += c;
    }
    return all += '"';
}

class gate {
  public:
    gate(const std::string& realm, std::vector<std::pair<std::string, std::string>> users)
        : challenge_("Basic realm=" + quoted_string(realm) + ", charset=\"UTF-8\""),
          users_(std::move(users)) {
        if (has_control(realm))
            throw std::invalid_argument("basic_auth: the realm has control characters");
        if (users_.empty())
            throw std::invalid_argument("basic_auth: nobody could ever come in: no users");
        for (const auto& [name, hash] : users_) {
            if (!is_hash(hash))
                throw std::invalid_argument("basic_auth: what '" + name +
                                            "' has is no password hash that crypt(3) knows");
            if (name.find(':') != name.npos)
                throw std::invalid_argument("basic_auth: the name '" + name + "' has a colon");
        }
    }

    /// Slow. A name that nobody has costs as much as one that somebody has.
    bool lets_in(const credentials& given) const {
        const auto user =
            std::ranges::find(users_, given.name, &std::pair<std::string, std::string>::first);
        const bool known = user != users_.end();
        const bool right = fits(given.password, known ? user->second : users_.front().second);
        return known && right;
    }

    response refuse(request& req) const {
        response r = error_answer(request::data::of(req), 401, {});
        r.set("WWW-Authenticate", challenge_);
        return r;
    }

  private:
    std::string challenge_;
    std::vector<std::pair<std::string, std::string>> users_;
};

// Beside the middleware's own coroutine, so that no password is kept while the handler runs.
awaitable<bool> authenticate(const gate& g, request& req) {
    auto given = read_credentials(req);
    if (!given)
        co_return false;
    auto work = [&g, &given] { return g.lets_in(*given); };
    const bool in = co_await offload(work);
    if (in)
        req.attach(authenticated_user{std::move(given->name)});
    co_return in;
}

awaitable<response> answer_if_known(const gate& g, request& req, next_handler next) {
    const bool known = co_await authenticate(g, req);
    if (!known)
        co_return g.refuse(req);
    co_return co_await next(req);
}

} // namespace

middleware basic_auth(std::string realm, std::vector<std::pair<std::string, std::string>> users) {
    return [g = gate(realm, std::move(users))](request& req, next_handler next) {
        return answer_if_known(g, req, next);
    };
}

} // namespace ringlet
