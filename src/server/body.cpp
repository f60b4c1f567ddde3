#include "ringlet/body.hpp"

#include "http/form.hpp"
#include "http/media_type.hpp"
#include "server/finite.hpp"
#include "server/request_data.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace ringlet {
namespace {

void require_type(const request::data& asked, std::string_view essence) {
    const auto type = asked.head.find(http::field_id::content_type);
    if (type && !http::is_media_type(type->value, essence))
        throw http_error(415, "The content should be " + std::string(essence) + ".");
}

// A suffix such as application/problem+json is JSON as well (RFC 6839).
void require_json(const request::data& asked) {
    const auto type = asked.head.find(http::field_id::content_type);
    if (type && type->value.substr(0, type->value.find(';')).find("+json") == type->value.npos)
        require_type(asked, "application/json");
}

boost::json::value parse_json(const std::string& text) {
    boost::system::error_code failed;
    boost::json::value value = boost::json::parse(text, failed);
    if (failed)
        throw http_error(400, "The content is not JSON: " + failed.message() + '.');
    if (!all_finite(value))
        throw http_error(400, "The content has a number that is too large.");
    return value;
}

form parse_form(const std::string& text) {
    http::name_values fields;
    if (!http::decode_form(text, fields))
        throw http_error(400, "The content is not a form.");
    return form(std::move(fields));
}

} // namespace

const std::string* form::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(fields_, name, &list::value_type::first);
    return found != fields_.end() ? &found->second : nullptr;
}

const std::string& form::at(std::string_view name) const {
    const std::string* value = find(name);
    if (value == nullptr)
        throw http_error(400, "The form has no field '" + std::string(name) + "'.");
    return *value;
}

body& body::limit(std::uint64_t bytes) noexcept {
    data_->content.limit(bytes);
    return *this;
}

awaitable<std::string_view> body::next() {
    return data_->source->next_piece();
}

awaitable<std::string> body::text() {
    request::data& asked = *data_; // the handle may be a temporary
    std::string all;
    for (;;) {
        const std::string_view piece = co_await asked.source->next_piece();
        if (piece.empty())
            break;
        asked.source->hold(piece.size());
        all += piece;
    }
    co_return all;
}

awaitable<std::string> body::text(std::uint64_t limit_bytes) {
    limit(limit_bytes);
    return text();
}

awaitable<boost::json::value> body::json() {
    request::data& asked = *data_;
    require_json(asked);
    body all(asked);
    const std::string text = co_await all.text();
    co_return parse_json(text);
}

awaitable<form> body::form() {
    request::data& asked = *data_;
    require_type(asked, "application/x-www-form-urlencoded");
    body all(asked);
    const std::string text = co_await all.text();
    co_return parse_form(text);
}

std::optional<std::uint64_t> body::length() const noexcept {
    if (data_->head.body == http::framing::chunked)
        return std::nullopt;
    return data_->head.content_length;
}

} // namespace ringlet
