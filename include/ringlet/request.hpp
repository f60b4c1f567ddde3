// What a handler is asked.
#pragma once

#include <string_view>

namespace ringlet {

/// A request as a handler sees it. Valid until the handler's coroutine ends, as are all views it
/// gives.
class request {
  public:
    struct data;
    explicit request(const data& d) noexcept : data_(&d) {}

    /// Case-sensitive, such as "GET".
    std::string_view method() const noexcept;

    /// The path of the target, percent-decoded and without dot segments; begins with '/'.
    std::string_view path() const noexcept;

    /// What follows the '?' of the target, as sent; empty if there is nothing.
    std::string_view query() const noexcept;

    /// What `{name}` of the route stands for in this request; empty if the route has no such
    /// segment.
    std::string_view param(std::string_view name) const noexcept;

    /// The value of the first field of that name, in any case; empty if there is none (RFC 9110
    /// section 5).
    std::string_view field(std::string_view name) const noexcept;

  private:
    const data* data_;
};

} // namespace ringlet
