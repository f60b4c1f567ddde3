// Bytes that end where an unmapped page begins: one read too far is a crash, not luck.
#pragma once

#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace ringlet::testing {

class guarded_bytes {
  public:
    explicit guarded_bytes(std::string_view text) : size_(text.size()) {
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        const std::size_t used = (size_ / page + 1) * page;
        mapped_ = used + page;
        base_ =
            ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base_ == MAP_FAILED)
            throw std::bad_alloc();
        char* const guard = static_cast<char*>(base_) + used;
        if (::mprotect(guard, page, PROT_NONE) != 0) {
            ::munmap(base_, mapped_);
            throw std::bad_alloc();
        }
        begin_ = guard - size_;
        if (size_ != 0)
            std::memcpy(begin_, text.data(), size_);
    }
    ~guarded_bytes() { ::munmap(base_, mapped_); }
    guarded_bytes(const guarded_bytes&) = delete;
    guarded_bytes& operator=(const guarded_bytes&) = delete;

    std::string_view view() const noexcept { return {begin_, size_}; }

  private:
    std::size_t size_;
    std::size_t mapped_ = 0;
    void* base_ = nullptr;
    char* begin_ = nullptr;
};

} // namespace ringlet::testing
