// Bytes that are written once and sent often.
#pragma once

#include "base/unique_fd.hpp"
#include "io/op.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace ringlet::io {

class byte_store;

/// Memory that is filled before it is sent for the first time, and not changed afterwards. What is
/// large lies in a file without a name (memfd), so that the kernel can send its pages without
/// copying them. It may end before they have left: nobody else gets a page that is still on its
/// way.
class stored_bytes {
  public:
    stored_bytes() noexcept = default;
    stored_bytes(stored_bytes&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)),
          size_(other.size_),
          file_(std::move(other.file_)),
          place_(other.place_) {}
    stored_bytes& operator=(stored_bytes&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(file_, other.file_);
        std::swap(place_, other.place_);
        return *this;
    }
    ~stored_bytes();

    explicit operator bool() const noexcept { return data_ != nullptr; }
    char* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

    /// Where they lie in a file, too; or null.
    const file_place* place() const noexcept { return file_ ? &place_ : nullptr; }

  private:
    friend class byte_store;

    char* data_ = nullptr;
    std::size_t size_ = 0;
    std::shared_ptr<const unique_fd> file_; // null: from malloc
    file_place place_;
};

/// Where they come from. For one thread.
class byte_store {
  public:
    /// Below that, to copy costs less than to be asked twice, for the head and for the file.
    static constexpr std::size_t file_least_bytes = 32 * 1024;

    byte_store();

    /// False in a bool when there is no memory. The bytes may outlive the store.
    stored_bytes take(std::size_t bytes) noexcept;

  private:
    stored_bytes take_from_file(std::size_t bytes) noexcept;

    std::shared_ptr<const unique_fd> file_; // null where the kernel gives none
    std::uint64_t end_ = 0;
};

} // namespace ringlet::io
