// A request head from field lines, for tests that need no parser.
#pragma once

#include "http/request_head.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace ringlet::test {

using field_lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// The head keeps views into `lines`' text, which must outlive it: pass literals.
inline http::request_head make_head(http::verb method, field_lines lines) {
    http::request_head head;
    head.method = method;
    head.target = "/";
    for (const auto& [name, value] : lines) {
        const http::field_id id = boost::beast::http::string_to_field({name.data(), name.size()});
        head.fields.push_back({id, name, value});
    }
    return head;
}

inline http::request_head make_head(field_lines lines) {
    return make_head(http::verb::get, lines);
}

} // namespace ringlet::test
