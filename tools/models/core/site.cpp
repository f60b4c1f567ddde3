#include "site.hpp"

#include "http/target.hpp"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace ringlet::models {
namespace {

// Beneath the root, whatever symbolic links say. O_NONBLOCK: a FIFO would wait for its writer.
unique_fd open_beneath(int root, const std::string& path) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    return unique_fd(
        static_cast<int>(::syscall(SYS_openat2, root, path.c_str() + 1, &how, sizeof how)));
}

http::status status_of_error(int error) {
    switch (error) {
    case EACCES:
    case EPERM:
        return http::status::forbidden;
    case EMFILE: // more connections than descriptors: better luck later
    case ENFILE:
    case ENOMEM:
        return http::status::service_unavailable;
    default:
        return http::status::not_found;
    }
}

} // namespace

site::site(const settings& from)
    : root_(::open(from.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      hold_(from.hold),
      compute_(from.compute) {
    if (!root_)
        throw std::system_error(errno, std::generic_category(), from.folder);
}

found_file site::find(std::string_view target, http::verb method) const {
    found_file found;
    const auto parts = http::split_target(target, method);
    std::string path;
    found.status = parts ? http::decode_path(parts->path, path) : http::status::bad_request;
    if (found.status != http::status::ok)
        return found;
    found.status = http::status::not_found;
    if (http::is_hidden(path))
        return found;
    if (path.ends_with('/'))
        path += "index.html";

    found.file = open_beneath(root_.get(), path);
    struct stat about {};
    if (!found.file || ::fstat(found.file.get(), &about) != 0) {
        found.status = status_of_error(errno);
    } else if (S_ISDIR(about.st_mode)) {
        found.status = http::status::permanent_redirect; // relative links need the slash
        http::encode_path(path + "/", found.location);
    } else if (S_ISREG(about.st_mode)) {
        found.status = http::status::ok;
        found.bytes = static_cast<std::uint64_t>(about.st_size);
        found.type = types_.content_type(path);
    }
    return found;
}

} // namespace ringlet::models
