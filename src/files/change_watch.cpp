#include "files/change_watch.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <new>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace ringlet::files {
namespace {

// The kernel holds about a kilobyte for each folder.
constexpr std::size_t folders_most = 4096;

constexpr std::uint32_t changes = IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_ONLYDIR | IN_EXCL_UNLINK;

// File systems whose changes are all made by this kernel.
bool is_local(int fd) noexcept {
    constexpr unsigned long xfs = 0x58465342, zfs = 0x2fc12fc1, bcachefs = 0xca451a4e;
    struct statfs s;
    if (::fstatfs(fd, &s) != 0)
        return false;
    switch (static_cast<unsigned long>(s.f_type) & 0xffff'ffff) {
    case EXT4_SUPER_MAGIC: // and its predecessors
    case xfs:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case SQUASHFS_MAGIC:
    case zfs:
    case bcachefs:
        return true;
    default:
        return false;
    }
}

unique_fd open_folder(int root, const std::string& path) noexcept {
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return unique_fd(
        static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

} // namespace

std::string place_of(int root, std::string_view path) {
    return std::to_string(root).append(path);
}

change_watch::change_watch() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

// From the root down: whoever moves a folder on the way is noticed in the one above it.
change_watch::outcome change_watch::watch(int root, std::string_view path) {
    if (!fd_)
        return outcome::not_at_all;
    outcome all = outcome::since_before;
    for (std::size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
        const outcome one = add(root, path.substr(0, end + 1));
        if (one == outcome::not_at_all || one == outcome::not_there)
            return one;
        all = std::max(all, one);
    }
    return all;
}

change_watch::outcome change_watch::add(int root, std::string_view folder) {
    std::string place = place_of(root, folder);
    if (numbers_.contains(place))
        return outcome::since_before;
    const unique_fd fd = open_folder(root, '.' + std::string(folder));
    if (!fd)
        return outcome::not_there;
    if (!is_local(fd.get()) || numbers_.size() == folders_most)
        return outcome::not_at_all;
    const std::string itself = "/proc/self/fd/" + std::to_string(fd.get());
    const int number = ::inotify_add_watch(fd_.get(), itself.c_str(), changes);
    if (number < 0)
        return outcome::not_at_all;
    folders_[number].push_back(place);
    numbers_.emplace(std::move(place), number);
    ++begun_;
    return outcome::from_now_on;
}

// Only what is there now: others may change files faster than they are told of.
void change_watch::look(listener& tell) try {
    alignas(inotify_event) char events[4096];
    int left = 0;
    if (::ioctl(fd_.get(), FIONREAD, &left) != 0)
        return;
    ssize_t size;
    while (left > 0 && (size = ::read(fd_.get(), events, sizeof events)) > 0) {
        left -= static_cast<int>(size);
        for (const char* at = events; at < events + size;) {
            const auto& e = *reinterpret_cast<const inotify_event*>(at);
            // The name is filled up with NULs.
            tell_one(e.mask, e.wd, e.len != 0 ? std::string_view(e.name) : std::string_view(),
                     tell);
            at += sizeof e + e.len;
        }
    }
} catch (const std::bad_alloc&) { // what was read is not told again
    tell.all_changed();
    clear();
}

void change_watch::tell_one(std::uint32_t mask, int number, std::string_view name, listener& tell) {
    if (mask & (IN_Q_OVERFLOW | IN_UNMOUNT)) {
        tell.all_changed();
        clear();
        return;
    }
    const auto found = folders_.find(number);
    if (found == folders_.end())
        return;
    const std::vector<std::string> folders = found->second; // which forget() changes
    for (const std::string& folder : folders) {
        if (name.empty()) { // the folder itself
            tell.folder_changed(folder);
            if (mask & IN_IGNORED)
                forget(folder);
            continue;
        }
        const std::string place = folder + std::string(name);
        tell.file_changed(place);
        if (!(mask & IN_ISDIR) || !numbers_.contains(place + '/'))
            continue;
        tell.folder_changed(place + '/');
        // Another one may be there now. What an empty one is replaced by comes without its end.
        if (mask & (IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE))
            forget(place + '/');
    }
}

// With all that is in it.
void change_watch::forget(std::string_view folder) {
    auto at = numbers_.lower_bound(folder);
    while (at != numbers_.end() && at->first.starts_with(folder)) {
        const auto paths = folders_.find(at->second);
        std::erase(paths->second, at->first);
        if (paths->second.empty()) {
            ::inotify_rm_watch(fd_.get(), at->second); // it may live on elsewhere
            folders_.erase(paths);
        }
        at = numbers_.erase(at);
    }
}

void change_watch::clear() {
    numbers_.clear();
    folders_.clear();
    fd_.reset(); // what was watched is watched no more; and there may be room for one only
    fd_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    ++use_;
}

} // namespace ringlet::files
