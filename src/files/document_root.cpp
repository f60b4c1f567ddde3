#include "files/document_root.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace ringlet::files {
namespace {

[[noreturn]] void refuse(const std::string& path, int error) {
    std::string why = std::strerror(error);
    if (error == ENOENT)
        why = "there is no such folder; give the path of an existing one";
    else if (error == ENOTDIR)
        why = "this is not a folder; give the folder that holds the file";
    else if (error == EACCES)
        why = "it may not be read by this user; change its permissions (chmod a+rx)";
    throw std::runtime_error("cannot serve '" + path + "': " + why);
}

void check_access(int fd, const std::string& path) {
    if (::faccessat(fd, ".", R_OK | X_OK, AT_EACCESS) != 0)
        refuse(path, errno);
}

unique_fd open_root(const std::string& path) {
    // For reading, not O_PATH: a root that cannot be read is found out now, not at the first
    // request.
    unique_fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        refuse(path, errno);
    check_access(fd.get(), path);
    return fd;
}

} // namespace

document_root::document_root(const std::string& path) : fd_(open_root(path)) {
    std::error_code failed;
    path_ = std::filesystem::canonical(path, failed).string();
    if (!failed)
        given_ = std::filesystem::absolute(path, failed).string();
    if (failed)
        refuse(path, failed.value());
}

void document_root::check() const {
    check_access(fd_.get(), given_);
}

void document_root::reopen() const {
    const unique_fd now = open_root(given_);
    if (::dup3(now.get(), fd_.get(), O_CLOEXEC) < 0) // at once: other threads open files by it
        refuse(given_, errno);
}

} // namespace ringlet::files
