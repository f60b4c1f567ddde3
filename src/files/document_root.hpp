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

    /// Throws the same when the process may not read it any more, having other rights now.
    void check() const;

    /// Serves what is at the path now, for whoever has put another folder there; requests in
    /// progress may still meet the old one. fd() stays the same number. Throws as the constructor
    /// does, and then nothing changes. From any one thread.
    void reopen() const;

    /// For openat2: nothing outside is reached through it with RESOLVE_BENEATH.
    int fd() const noexcept { return fd_.get(); }

    /// Absolute, symbolic links resolved, as it was at first.
    const std::string& path() const noexcept { return path_; }

  private:
    unique_fd fd_;
    std::string path_;
    std::string given_; // absolute: symbolic links are what is replaced most
};

} // namespace ringlet::files
