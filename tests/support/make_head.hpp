// A request head from field lines, for tests that need no parser.
#pragma once

#include "http/request_head.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace ringlet::testing {

using field_lines = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// A head together with the bytes that its fields lie in. Keep it as `auto`: a copy of the head
/// alone would lose them.
class head_with_bytes {
  public:
    head_with_bytes(http::verb method, field_lines lines) {
        for (const auto& [name, value] : lines)
            bytes_.append(name).append(value);
        head_.method = method;
        head_.target = "/";
        head_.fields.clear(bytes_.data());
        std::string_view rest = bytes_;
        for (const auto& [name, value] : lines) {
            const auto id = boost::beast::http::string_to_field({name.data(), name.size()});
            head_.fields.push_back({id, take(rest, name.size()), take(rest, value.size())});
        }
    }
    head_with_bytes(const head_with_bytes&) = delete;
    head_with_bytes& operator=(const head_with_bytes&) = delete;

    operator const http::request_head&() const noexcept { return head_; }

  private:
    static std::string_view take(std::string_view& rest, std::size_t size) {
        const std::string_view part = rest.substr(0, size);
        rest.remove_prefix(size);
        return part;
    }

    std::string bytes_;
    http::request_head head_;
};

inline head_with_bytes make_head(http::verb method, field_lines lines) {
    return {method, lines};
}

inline head_with_bytes make_head(field_lines lines) {
    return {http::verb::get, lines};
}

} // namespace ringlet::testing
