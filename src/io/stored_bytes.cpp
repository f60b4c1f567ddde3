#include "io/stored_bytes.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

// The kernel bounds a process' mappings, by 65 530 unless told, and malloc and threads need some.
constexpr unsigned mappings_most = 16 * 1024;
std::atomic<unsigned> mappings{0};

// Beyond what the process may write into a file a signal would end it.
bool may_extend_to(std::uint64_t bytes) noexcept {
    rlimit most{};
    return ::getrlimit(RLIMIT_FSIZE, &most) == 0 && bytes <= most.rlim_cur;
}

constexpr unsigned mfd_noexec_seal = 8; // glibc before 2.38 does not know it

// Where the system is told to use huge pages always, each slot would take one.
bool gives_small_pages(int fd) noexcept {
    const auto page = static_cast<off_t>(page_bytes());
    struct stat s {};
    if (!may_extend_to(page_bytes()) || ::fallocate(fd, 0, 0, page) != 0 || ::fstat(fd, &s) != 0)
        return false;
    ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                static_cast<off_t>(slot_bytes()));
    return s.st_blocks * 512 <= page;
}

} // namespace

stored_bytes::~stored_bytes() {
    if (!file_) {
        std::free(data_);
        return;
    }
    if (data_ != nullptr) {
        ::munmap(data_, size_);
        mappings.fetch_sub(1, std::memory_order_relaxed);
    }
    ::fallocate(file_->get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(place_.offset),
                static_cast<off_t>(round_up(size_, slot_bytes())));
}

byte_store::byte_store() {
    const char* const name = "ringlet: files that are sent";
    unique_fd made(::memfd_create(name, MFD_CLOEXEC | mfd_noexec_seal));
    if (!made)
        made.reset(::memfd_create(name, MFD_CLOEXEC)); // before Linux 6.3
    if (made && gives_small_pages(made.get()))
        file_ = std::make_shared<const unique_fd>(std::move(made));
}

stored_bytes byte_store::take(std::size_t bytes) noexcept {
    if (bytes >= file_least_bytes && file_ &&
        mappings.load(std::memory_order_relaxed) < mappings_most)
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
    if (mapped == MAP_FAILED)
        return b;
    b.data_ = static_cast<char*>(mapped);
    mappings.fetch_add(1, std::memory_order_relaxed);
    return b;
}

} // namespace ringlet::io
