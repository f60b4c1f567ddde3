// An answer by exception.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet {

/// Thrown by a handler, it becomes an answer with this status, whose page (or JSON, where the
/// client prefers it) shows the message: no secrets in it.
///
///     throw http_error(401, "Who are you?").set("WWW-Authenticate", "Basic realm=\"door\"");
class http_error : public std::runtime_error {
  public:
    /// 400 to 599; throws std::invalid_argument for another status.
    http_error(unsigned status, const std::string& message)
        : std::runtime_error(message), status_(checked(status)) {}

    unsigned status() const noexcept { return status_; }

    /// A field of the answer: the one of that name, in any case. What cannot be sent makes it a
    /// 500, as with response::set().
    http_error& set(std::string_view name, std::string value) {
        fields_.emplace_back(name, std::move(value));
        return *this;
    }

    /// What has been set, in that order; the last of a name counts.
    const std::vector<std::pair<std::string, std::string>>& fields() const noexcept {
        return fields_;
    }

  private:
    static unsigned checked(unsigned status) {
        if (status < 400 || status > 599)
            throw std::invalid_argument("http_error with a status that is no error: " +
                                        std::to_string(status));
        return status;
    }

    unsigned status_;
    std::vector<std::pair<std::string, std::string>> fields_;
};

} // namespace ringlet
