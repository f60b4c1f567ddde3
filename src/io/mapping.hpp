// Memory by pages.
#pragma once

#include <cerrno>
#include <cstddef>
#include <sys/mman.h>
#include <system_error>

namespace ringlet::io {

/// Anonymous memory, page-aligned, as the kernel wants a buffer ring.
class mapping {
  public:
    explicit mapping(std::size_t bytes) : bytes_(bytes) {
        data_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
        if (data_ == MAP_FAILED)
            throw std::system_error(errno, std::generic_category(), "no memory for buffers");
    }
    mapping(const mapping&) = delete;
    mapping& operator=(const mapping&) = delete;
    ~mapping() { munmap(data_, bytes_); }
    void* data() const noexcept { return data_; }

  private:
    void* data_;
    std::size_t bytes_;
};

} // namespace ringlet::io
