// What a handler is asked.
#pragma once

#include "ringlet/http_error.hpp"

#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ringlet {

class body;

namespace detail {

/// Throws http_error 400 that says what `name` should have been.
[[noreturn]] void refuse_value(std::string_view name, std::string_view text, const char* wanted);

template <class T>
T value_of(std::string_view name, std::string_view text) {
    if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, std::string>) {
        return T(text);
    } else if constexpr (std::is_same_v<T, bool>) {
        if (text != "true" && text != "false" && text != "1" && text != "0")
            refuse_value(name, text, "true or false");
        return text == "true" || text == "1";
    } else {
        static_assert(std::is_arithmetic_v<T>, "numbers, bool, std::string, std::string_view");
        T value{};
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failed == std::errc::result_out_of_range)
            refuse_value(name, text, "a number in range");
        if (failed != std::errc() || end != text.data() + text.size())
            refuse_value(name, text,
                         std::is_floating_point_v<T> ? "a number"
                         : std::is_signed_v<T>       ? "a whole number"
                                                     : "a whole number, not negative");
        if constexpr (std::is_floating_point_v<T>)
            if (!std::isfinite(value)) // spelt so: "inf", "nan"
                refuse_value(name, text, "a number");
        return value;
    }
}

/// A different address for each type.
template <class T>
inline constexpr char type_key = 0;

} // namespace detail

/// A request as a handler sees it. Valid until its answer is complete, as are all views it gives.
class request {
  public:
    struct data;
    explicit request(data& d) noexcept : data_(&d) {}
    request(const request&) = delete;
    request& operator=(const request&) = delete;

    /// Case-sensitive, such as "GET".
    std::string_view method() const noexcept;

    /// The path of the target, percent-decoded and without dot segments; begins with '/'.
    std::string_view path() const noexcept;

    /// The target as sent: path and query, not decoded.
    std::string_view target() const noexcept;

    /// What `{name}` or `{name...}` of the route stands for in this request; empty if the route has
    /// no such segment.
    std::string_view param(std::string_view name) const noexcept;

    /// The same as a number or bool; throws http_error 400, which says what is wrong, when it is
    /// none: `req.param<int>("id")`. Infinity and NaN are none. A name that the route has not is a
    /// mistake of the program: std::logic_error.
    template <class T>
    T param(std::string_view name) const {
        return detail::value_of<T>(name, known_param(name));
    }

    /// What follows the '?' of the target, as sent; empty if there is nothing.
    std::string_view query() const noexcept;

    /// The first value of that name in the query, decoded; nothing if there is none. Throws
    /// http_error 400 when the query's percent-encoding is malformed.
    std::optional<std::string_view> query(std::string_view name) const;

    /// The same as a number or bool: `req.query<int>("page").value_or(1)`. Throws http_error 400
    /// when it is there and is none.
    template <class T>
    std::optional<T> query(std::string_view name) const {
        const auto text = query(name);
        return text ? std::optional<T>(detail::value_of<T>(name, *text)) : std::nullopt;
    }

    /// All names and values of the query, decoded, in order. Throws as query(name) does.
    const std::vector<std::pair<std::string, std::string>>& query_params() const;

    /// The value of the first field of that name, in any case; empty if there is none (RFC 9110
    /// section 5). "Host" is the host of the target when that names one (RFC 9112 section 3.2.2).
    std::string_view field(std::string_view name) const noexcept;

    /// The values of all fields of that name, in order.
    std::vector<std::string_view> fields(std::string_view name) const;

    /// All fields, names and values, in order.
    std::vector<std::pair<std::string_view, std::string_view>> fields() const;

    /// The value of the cookie of that name (RFC 6265); nothing if there is none.
    std::optional<std::string_view> cookie(std::string_view name) const;

    /// The client's address, without its port: "192.0.2.1" or "2001:db8::1".
    std::string peer() const;

    /// A name for this request, for logs and error pages: 32 hexadecimal digits, made when first
    /// asked for.
    const std::string& id() const;
    /// Another one, such as one that a proxy in front has given.
    void id(std::string text);

    /// Its content. Include <ringlet/body.hpp> or <ringlet/ringlet.hpp>.
    ringlet::body body();

    /// Something of the program's own, kept with this request: for middleware that has something to
    /// tell the handlers behind it. One of each type.
    template <class T>
    T& attach(T value) {
        auto owned = std::make_shared<T>(std::move(value));
        T& kept = *owned;
        attach(&detail::type_key<T>, std::move(owned));
        return kept;
    }
    /// What was attached, or nullptr.
    template <class T>
    T* attached() const noexcept {
        return static_cast<T*>(attached(&detail::type_key<T>));
    }

  private:
    std::string_view known_param(std::string_view name) const;
    void attach(const void* key, std::shared_ptr<void> value);
    void* attached(const void* key) const noexcept;

    data* data_;
};

} // namespace ringlet
