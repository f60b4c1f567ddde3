#include "http/cookie.hpp"
#include "http/form.hpp"
#include "http/syntax.hpp"
#include "ringlet/body.hpp"
#include "server/request_data.hpp"

#include <algorithm>
#include <stdexcept>
#include <sys/random.h>

namespace ringlet {

namespace detail {

void refuse_value(std::string_view name, std::string_view text, const char* wanted) {
    throw http_error(400, std::string(name) + ": '" + std::string(text) + "' is not " + wanted);
}

} // namespace detail

namespace {

const std::string_view* find_param(const path_params& params, std::string_view name) noexcept {
    const auto found = std::ranges::find(params, name, &path_params::value_type::first);
    return found != params.end() ? &found->second : nullptr;
}

} // namespace

std::string_view request::method() const noexcept {
    return data_->head.method_name;
}
std::string_view request::path() const noexcept {
    return data_->path;
}
std::string_view request::target() const noexcept {
    return data_->head.target;
}
std::string_view request::query() const noexcept {
    return data_->query;
}

std::string_view request::param(std::string_view name) const noexcept {
    const std::string_view* value = find_param(data_->params, name);
    return value != nullptr ? *value : std::string_view();
}

std::string_view request::known_param(std::string_view name) const {
    const std::string_view* value = find_param(data_->params, name);
    if (value == nullptr)
        throw std::logic_error("the route has no segment {" + std::string(name) + '}');
    return *value;
}

const std::vector<std::pair<std::string, std::string>>& request::query_params() const {
    auto& decoded = data_->extras().query;
    if (!decoded) {
        http::name_values all;
        if (!http::decode_form(data_->query, all))
            throw http_error(400, "The query of the request target is malformed.");
        decoded = std::move(all);
    }
    return *decoded;
}

std::optional<std::string_view> request::query(std::string_view name) const {
    if (data_->query.empty())
        return std::nullopt;
    for (const auto& [key, value] : query_params())
        if (key == name)
            return value;
    return std::nullopt;
}

std::string_view request::field(std::string_view name) const noexcept {
    for (const http::field_view& f : data_->head.fields)
        if (http::iequals(f.name, name))
            return f.value;
    return {};
}

std::vector<std::string_view> request::fields(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const http::field_view& f : data_->head.fields)
        if (http::iequals(f.name, name))
            values.push_back(f.value);
    return values;
}

std::vector<std::pair<std::string_view, std::string_view>> request::fields() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    for (const http::field_view& f : data_->head.fields)
        all.emplace_back(f.name, f.value);
    return all;
}

std::optional<std::string_view> request::cookie(std::string_view name) const {
    for (const http::field_view& f : data_->head.fields)
        if (f.id == http::field_id::cookie)
            if (const auto value = http::find_cookie(f.value, name))
                return value;
    return std::nullopt;
}

std::string request::peer() const {
    return data_->source->peer();
}

const std::string& request::id() const {
    std::string& id = data_->extras().id;
    if (id.empty()) {
        unsigned char random[16] = {};
        [[maybe_unused]] const ssize_t n = ::getrandom(random, sizeof random, 0);
        for (const unsigned char byte : random) {
            constexpr char digits[] = "0123456789abcdef";
            id += digits[byte >> 4];
            id += digits[byte & 15];
        }
    }
    return id;
}

void request::id(std::string text) {
    data_->extras().id = std::move(text);
}

ringlet::body request::body() {
    return ringlet::body(*data_);
}

void request::attach(const void* key, std::shared_ptr<void> value) {
    auto& all = data_->extras().attached;
    for (auto& [k, v] : all)
        if (k == key) {
            v = std::move(value);
            return;
        }
    all.emplace_back(key, std::move(value));
}

void* request::attached(const void* key) const noexcept {
    if (data_->more)
        for (const auto& [k, v] : data_->more->attached)
            if (k == key)
                return v.get();
    return nullptr;
}

} // namespace ringlet
