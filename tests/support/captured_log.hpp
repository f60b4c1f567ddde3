// What this process writes to standard error, kept as long as this lives.
#pragma once

#include "base/unique_fd.hpp"
#include "support/sockets.hpp"

#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace ringlet::testing {

class captured_log {
  public:
    captured_log()
        : before_(checked(::dup(STDERR_FILENO), "dup")),
          kept_(checked(::memfd_create("log", MFD_CLOEXEC), "memfd_create")) {
        checked(::dup2(kept_.get(), STDERR_FILENO), "dup2");
    }
    captured_log(const captured_log&) = delete;
    captured_log& operator=(const captured_log&) = delete;
    ~captured_log() { ::dup2(before_.get(), STDERR_FILENO); }

    std::string text() const {
        std::string all(static_cast<std::size_t>(::lseek(kept_.get(), 0, SEEK_END)), '\0');
        all.resize(static_cast<std::size_t>(
            checked(static_cast<int>(::pread(kept_.get(), all.data(), all.size(), 0)), "pread")));
        return all;
    }
    bool has(const std::string& part) const { return text().find(part) != std::string::npos; }

  private:
    unique_fd before_;
    unique_fd kept_;
};

} // namespace ringlet::testing
