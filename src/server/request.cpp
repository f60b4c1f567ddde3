#include "server/request_data.hpp"

#include <boost/beast/core/string.hpp>

namespace ringlet {

std::string_view request::method() const noexcept {
    return data_->head.method_name;
}
std::string_view request::path() const noexcept {
    return data_->path;
}
std::string_view request::query() const noexcept {
    return data_->query;
}

std::string_view request::param(std::string_view name) const noexcept {
    for (const auto& [key, value] : data_->params)
        if (key == name)
            return value;
    return {};
}

std::string_view request::field(std::string_view name) const noexcept {
    for (const http::field_view& f : data_->head.fields)
        if (boost::beast::iequals(f.name, name))
            return f.value;
    return {};
}

} // namespace ringlet
