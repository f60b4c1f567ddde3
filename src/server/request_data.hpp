// What stands behind a handler's request.
#pragma once

#include "http/request_head.hpp"
#include "ringlet/awaitable.hpp"
#include "ringlet/request.hpp"
#include "server/body_reader.hpp"
#include "server/router.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringlet {

struct mount;

/// The connection, as far as a request needs it.
class request_source {
  public:
    /// The next piece of content; see body::next().
    virtual awaitable<std::string_view> next_piece() = 0;

    virtual std::string peer() const = 0;

    /// Counts memory for content; throws http_error 503 when there is too little.
    virtual void hold(std::size_t bytes) = 0;

    /// Whether nobody waits for the answer any more.
    virtual bool abandoned() const noexcept = 0;

  protected:
    ~request_source() = default;
};

/// What few requests need.
struct request_extras {
    std::optional<std::vector<std::pair<std::string, std::string>>> query;
    std::string id;
    std::vector<std::pair<const void*, std::shared_ptr<void>>> attached;
};

struct request::data {
    static data& of(request& r) noexcept { return *r.data_; }

    request_extras& extras() {
        if (!more)
            more = std::make_unique<request_extras>();
        return *more;
    }

    /// For this request to begin.
    void reset() noexcept {
        params.clear();
        query = {};
        allowed.clear();
        from = nullptr;
        more.reset();
    }

    http::request_head head;
    std::string path; // decoded
    std::string_view query;
    path_params params;
    body_reader content;
    request_source* source = nullptr;
    const mount* from = nullptr; // where no route takes the path, but a folder may
    std::string allowed;         // where the path is known, but not for the method
    std::unique_ptr<request_extras> more;
};

} // namespace ringlet
