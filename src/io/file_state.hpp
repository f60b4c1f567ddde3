// What tells one state of a file's content from another.
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace ringlet::io {

/// Not the time of the last change of the inode: that is another one, too, when a file is renamed,
/// replaced or removed, and its content is not.
struct file_state {
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;

    bool operator==(const file_state&) const = default;
};

file_state state_of(const struct stat& s) noexcept;

/// Whether the open file `fd` is as it was `then`. What was read before this is asked is what was
/// there then: a write sets the time before it puts its first byte in place, and what truncation
/// takes away is out of the size before it is zeros. What comes through a mapping into memory is
/// seen only when the kernel notices it.
///
/// The inode is in memory as long as the file is open: no waiting for a disk.
bool is_still(const file_state& then, int fd) noexcept;

} // namespace ringlet::io
