// The folder that every model serves.
#pragma once

#include "base/unique_fd.hpp"
#include "http/mime.hpp"
#include "http/types.hpp"
#include "settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringlet::models {

struct found_file {
    http::status status = http::status::not_found; // ok, with the rest; or what to answer instead
    unique_fd file;
    std::uint64_t bytes = 0;
    std::string_view type;
    std::string location; // of permanent_redirect
};

/// Only read once it is made, so that threads share it.
class site {
  public:
    /// Throws std::system_error when there is no such folder.
    explicit site(const settings& from);

    /// The file for a request target, index.html for a folder. Nothing outside the folder is
    /// reached, and nothing hidden.
    found_file find(std::string_view target, http::verb method) const;
    std::chrono::milliseconds hold_time(std::string_view target) const noexcept {
        return hold_.of(target);
    }
    /// How much of the processor it takes.
    std::chrono::milliseconds compute_time(std::string_view target) const noexcept {
        return target.ends_with("?compute") ? compute_ : std::chrono::milliseconds(0);
    }

  private:
    unique_fd root_;
    http::mime_types types_;
    hold_range hold_;
    std::chrono::milliseconds compute_;
};

} // namespace ringlet::models
