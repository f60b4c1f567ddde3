// An answer by exception.
#pragma once

#include <stdexcept>
#include <string>

namespace ringlet {

/// Thrown by a handler, it becomes an answer with this status, whose page (or JSON, where the
/// client prefers it) shows the message: no secrets in it.
class http_error : public std::runtime_error {
  public:
    /// 400 to 599; throws std::invalid_argument for another status.
    http_error(unsigned status, const std::string& message)
        : std::runtime_error(message), status_(checked(status)) {}

    unsigned status() const noexcept { return status_; }

  private:
    static unsigned checked(unsigned status) {
        if (status < 400 || status > 599)
            throw std::invalid_argument("http_error with a status that is no error: " +
                                        std::to_string(status));
        return status;
    }

    unsigned status_;
};

} // namespace ringlet
