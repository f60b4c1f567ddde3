#include "io/stored_bytes.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace ringlet::io {
namespace {

std::size_t page_bytes() noexcept {
    static const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return bytes;
}

// What the kernel takes for a huge page. TRICKY: of a huge page that is given up in part, the part
// is filled with zeros, even while it is being sent; a whole one stays as it is until it has left.
// So no two share one. Places are as many as numbers; only pages that are used cost memory.
std::size_t slot_bytes() noexcept {
    return page_bytes() / sizeof(void*) * page_bytes();
}

std::size_t round_up(std::size_t bytes, std::size_t to) noexcept {
    return (bytes + to - 1) / to * to;
}

// Beyond what the process may write into a file a signal would end it.
bool may_extend_to(std::uint64_t bytes) noexcept {
    rlimit most{};
    return ::getrlimit(RLIMIT_FSIZE, &most) == 0 && bytes <= most.rlim_cur;
}

} // namespace

stored_bytes::~stored_bytes() {
    if (!file_) {
        std::free(data_);
        return;
    }
    if (data_ != nullptr)
        ::munmap(data_, size_);
    ::fallocate(file_->get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(place_.offset),
                static_cast<off_t>(round_up(size_, slot_bytes())));
}

byte_store::byte_store() {
    unique_fd made(::memfd_create("ringlet: files that are sent", MFD_CLOEXEC));
    if (made)
        file_ = std::make_shared<const unique_fd>(std::move(made));
}

stored_bytes byte_store::take(std::size_t bytes) noexcept {
    if (bytes >= file_least_bytes && file_)
        if (stored_bytes b = take_from_file(bytes))
            return b;
    stored_bytes b;
    b.data_ = static_cast<char*>(std::malloc(std::max<std::size_t>(bytes, 1)));
    b.size_ = bytes;
    return b;
}

// The pages are there from the beginning: were there none, whoever touched them would get a signal.
stored_bytes byte_store::take_from_file(std::size_t bytes) noexcept {
    stored_bytes b;
    const int fd = file_->get();
    const auto at = static_cast<off_t>(end_);
    if (!may_extend_to(end_ + bytes) || ::fallocate(fd, 0, at, static_cast<off_t>(bytes)) != 0)
        return b;
    b.file_ = file_;
    b.size_ = bytes;
    b.place_ = {fd, end_};
    end_ += round_up(bytes, slot_bytes());
    void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);
    b.data_ = mapped != MAP_FAILED ? static_cast<char*>(mapped) : nullptr;
    return b;
}

} // namespace ringlet::io
