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

} // namespace

document_root::document_root(const std::string& path) {
    // For reading, not O_PATH: a root that cannot be read is found out now, not at the first
    // request.
    fd_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd_)
        refuse(path, errno);
    if (::faccessat(fd_.get(), ".", X_OK, AT_EACCESS) != 0)
        refuse(path, errno);
    std::error_code failed;
    path_ = std::filesystem::canonical(path, failed).string();
    if (failed)
        refuse(path, failed.value());
}

} // namespace ringlet::files
