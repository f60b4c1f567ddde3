// Sends a part of a file.
#pragma once

#include "io/file.hpp"
#include "io/file_state.hpp"
#include "io/socket.hpp"
#include "io/timers.hpp"

#include <boost/asio/awaitable.hpp>

namespace ringlet::io {

struct file_part {
    int fd;
    std::uint64_t offset;
    std::uint64_t length;
    file_state made_from; // the file, when this part of it was promised
};

/// Reads into a block and sends it, again and again. The block grows while the client keeps up, so
/// that a slow client does not hold a large one. `stalled` is armed to `patience` for each block
/// and disarmed at the end. `part` becomes what is left of it.
///
/// Errors: the socket's, the file's, no_memory when there is no block, ESTALE when the file has
/// been changed meanwhile, and asio::error::eof when it was too short from the beginning. Then
/// nothing but bytes of the file as it was promised has been sent, fewer than all of them, and the
/// connection must be closed.
asio::awaitable<error_code> send_file(socket& to, file_part& part, deadline& stalled,
                                      deadline_queue& patience);

} // namespace ringlet::io
