#include "files/resolve.hpp"

#include "io/file.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <cerrno>
#include <string>

namespace ringlet::files {
namespace {

namespace asio = boost::asio;
using io::error_code;

// A path that changes under RESOLVE_BENEATH's eyes is EAGAIN: the kernel asks to look again. A file
// system that waits for somebody else may be interrupted.
constexpr int tries = 4;

std::uint64_t resolve_flags(symlinks links) noexcept {
    switch (links) {
    case symlinks::follow:
        return RESOLVE_NO_MAGICLINKS;
    case symlinks::deny:
        return RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    case symlinks::inside:
        break;
    }
    return RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
}

open_how how_to_open(const location& where) noexcept {
    open_how how{};
    // Without O_NONBLOCK, opening a FIFO would wait for its writer.
    how.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    if (where.confined)
        how.resolve = resolve_flags(where.links);
    return how;
}

std::string name_of(const location& where) {
    if (!where.confined)
        return std::string(where.path);
    std::string name(where.path.substr(1));
    if (where.path.back() == '/')
        name += index_file;
    return name;
}

// The descriptor is open, so its inode is in memory: this call does not wait for a disk.
http::status examine(open_file& f) {
    struct stat s;
    if (::fstat(f.fd.get(), &s) != 0)
        return http::status::internal_server_error;
    if (S_ISDIR(s.st_mode))
        return http::status::permanent_redirect;
    if (!S_ISREG(s.st_mode))
        return http::status::forbidden;
    ::fcntl(f.fd.get(), F_SETFL, O_RDONLY); // some file systems answer EAGAIN to O_NONBLOCK reads
    static_cast<io::file_state&>(f) = io::state_of(s);
    f.inode = s.st_ino;
    return http::status::ok;
}

// Who wants to know whether the way has links tries without them first.
asio::awaitable<resolution> open_one(io::context& ctx, location where, std::string name) {
    resolution r;
    open_how how = how_to_open(where);
    const std::uint64_t with_links = how.resolve;
    if (where.confined)
        how.resolve |= RESOLVE_NO_SYMLINKS;
    const auto token = asio::as_tuple(asio::deferred);
    error_code failed;
    for (int i = 0; i < tries; ++i) {
        auto opening = io::async_open(ctx, where.root, name.c_str(), how, token);
        const auto [e, fd] = co_await std::move(opening);
        failed = e;
        if (!failed)
            r.file.fd.reset(static_cast<int>(fd));
        r.linked = r.linked || failed.value() == ELOOP;
        if (failed.value() == ELOOP && how.resolve != with_links)
            how.resolve = with_links;
        else if (failed.value() != EAGAIN && failed.value() != EINTR)
            break;
    }
    r.status = failed ? status_of(failed) : examine(r.file);
    co_return r;
}

} // namespace

http::status status_of(const error_code& e) noexcept {
    switch (e.value()) {
    case EACCES:
    case EPERM:
    case ENXIO: // a socket
    case ENODEV:
        return http::status::forbidden;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
        return http::status::service_unavailable;
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:  // it leads out of the root
    case EINVAL: // a name that the file system cannot have
    case EILSEQ:
        return http::status::not_found;
    default: // EIO, and whatever file systems have to say
        return http::status::internal_server_error;
    }
}

namespace {

asio::awaitable<resolution> open_nothing() {
    co_return resolution();
}

asio::awaitable<resolution> open_best(io::context& ctx, location where, std::string name,
                                      http::coding_list accepted) {
    const std::size_t plain = name.size();
    auto opening = open_one(ctx, where, name);
    resolution found = co_await std::move(opening);
    if (found.status != http::status::ok)
        co_return found; // a variant is one of a file that is there
    for (const http::coding c : accepted) {
        if (c == http::coding::identity)
            break; // what the client likes no better than the file itself needs no look-up
        name.resize(plain);
        name += http::suffix(c);
        auto opening_variant = open_one(ctx, where, name);
        resolution variant = co_await std::move(opening_variant);
        variant.linked = variant.linked || found.linked;
        variant.absent = found.absent;
        variant.coding = c;
        if (variant.status == http::status::ok)
            co_return variant;
        found.absent.set(static_cast<std::size_t>(c));
        found.linked = variant.linked;
    }
    co_return found;
}

} // namespace

asio::awaitable<resolution> resolve(io::context& ctx, location where, http::coding_list accepted) {
    std::string name = name_of(where);
    if (name.find('\0') != name.npos)
        return open_nothing(); // the system would open what stands before it
    return accepted.empty() || accepted.front() == http::coding::identity
               ? open_one(ctx, where, std::move(name))
               : open_best(ctx, where, std::move(name), accepted);
}

} // namespace ringlet::files
