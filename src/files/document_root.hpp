// The folder that is served.
#pragma once

#include "base/unique_fd.hpp"

#include <string>

namespace ringlet::files {

class document_root {
  public:
    /// Throws std::runtime_error whose what() is one line that names the folder, what is wrong and
    /// what to do.
    explicit document_root(const std::string& path);

    /// For openat2: nothing outside is reached through it with RESOLVE_BENEATH.
    int fd() const noexcept { return fd_.get(); }

    /// Absolute, symbolic links resolved.
    const std::string& path() const noexcept { return path_; }

  private:
    unique_fd fd_;
    std::string path_;
};

} // namespace ringlet::files
