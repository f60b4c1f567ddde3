#include "io/file_call.hpp"

#include "io/system_call.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace ringlet::io {
namespace {

int open_file(const op_request& r, std::uint64_t resolve) noexcept {
    open_how how = *static_cast<const open_how*>(r.parameter);
    how.resolve |= resolve;
    return system_call([&] { return ::syscall(SYS_openat2, r.fd, r.data, &how, sizeof how); });
}

int stat_file(const op_request& r) noexcept {
    return system_call([&] {
        return ::statx(r.fd, static_cast<const char*>(r.data), static_cast<int>(r.size),
                       STATX_BASIC_STATS, static_cast<struct statx*>(r.parameter));
    });
}

int read_file(const op_request& r, int flags) noexcept {
    const iovec into{r.data, r.size};
    return system_call(
        [&] { return ::preadv2(r.fd, &into, 1, static_cast<off_t>(r.offset), flags); });
}

int write_file(const op_request& r) noexcept {
    return system_call(
        [&] { return ::pwrite(r.fd, r.data, r.size, static_cast<off_t>(r.offset)); });
}

} // namespace

bool is_file_call(opcode code) noexcept {
    return code == opcode::open || code == opcode::stat || code == opcode::read ||
           code == opcode::write;
}

int call_file(const op_request& r) noexcept {
    switch (r.code) {
    case opcode::open:
        return open_file(r, 0);
    case opcode::stat:
        return stat_file(r);
    case opcode::read:
        return read_file(r, 0);
    case opcode::write:
        return write_file(r);
    default:
        return -EINVAL;
    }
}

int call_cached_file(const op_request& r) noexcept {
    int result = -EAGAIN;
    if (r.code == opcode::open)
        result = open_file(r, RESOLVE_CACHED);
    else if (r.code == opcode::read)
        result = read_file(r, RWF_NOWAIT);
    // The file system or the kernel may know no such calls.
    return result == -EOPNOTSUPP || result == -EINVAL || result == -ENOSYS ? -EAGAIN : result;
}

} // namespace ringlet::io
