// From a path to an open file: beneath the root, and the encoding that the client likes best.
#pragma once

#include "files/representation.hpp"
#include "http/request_head.hpp"
#include "io/context.hpp"
#include "ringlet/symlinks.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <bitset>
#include <string_view>

namespace ringlet::files {

struct resolution {
    /// ok, with `file`; permanent_redirect for a folder without its slash; or what to answer
    /// instead.
    http::status status = http::status::not_found;
    open_file file;
    http::coding coding = http::coding::identity; // of the bytes in `file`
    std::bitset<http::coding_count> absent;       // neighbours that were looked for in vain
    bool linked = false;                          // a symbolic link is on the way
};

/// What to answer when a file cannot be opened.
http::status status_of(const boost::system::error_code& failed) noexcept;

/// The name that a path with a final slash stands for.
inline constexpr std::string_view index_file = "index.html";

struct location {
    int root; // a folder
    std::string_view path;
    /// `path` is as decode_path() makes it, and the kernel refuses whatever leads out of `root`,
    /// and those symbolic links that `links` does. Else it is a path as the system has it, and the
    /// program's own.
    bool confined = true;
    symlinks links = symlinks::inside;
};

/// Opens the file, or the neighbour in the first of the codings `accepted` that there is. No file
/// has a NUL in its name. What the arguments refer to must live until completion.
boost::asio::awaitable<resolution> resolve(io::context& ctx, location where,
                                           http::coding_list accepted);

} // namespace ringlet::files
