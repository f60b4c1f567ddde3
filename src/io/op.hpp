// One operation of the kernel: the seam between everything above and the backends below.
#pragma once

#include "io/task.hpp"

#include <cstdint>
#include <utility>

namespace ringlet::io {

enum class opcode : std::uint8_t {
    accept_multishot,  // fd                           -> a descriptor, again and again
    receive,           // fd                           -> bytes in a provided buffer, once
    receive_multishot, // fd                           -> bytes in provided buffers, again and again
    wait_end,          // fd                           -> 0 when the peer sends no more, read or not
    wait_readable,     // fd                           -> 0 or more when there is something to read
    send,              // fd, data, size               -> bytes sent
    send_message,      // fd, data = msghdr            -> bytes sent
    connect,           // fd, data = sockaddr, size    -> 0
    open,              // fd (folder), data = path   -> a descriptor
    stat,              // fd (folder), data = path, size = AT_* flags
    read,              // fd, data, size, offset       -> bytes read
    write,             // fd, data, size, offset       -> bytes written
};

/// Where bytes lie in a file.
struct file_place {
    int fd = -1;
    std::uint64_t offset = 0;
};

/// What the kernel is asked for. The submitter owns everything pointed to, until the operation's
/// last arrival.
struct op_request {
    opcode code;
    bool whole = false; // send: go on until all is sent (MSG_WAITALL)
    int fd = -1;
    std::uint32_t size = 0;
    std::uint32_t era = 0; // send: which use of the number fd, where a backend has to know
    void* data = nullptr;
    std::uint64_t offset = 0;  // send: how much is sent, where a backend has to count
    void* parameter = nullptr; // open: open_how; stat: the struct statx to fill; send_message: the
                               // file_place of its last part, if it may be sent from there, too
};

/// A request under way. Immovable from its submission until its last arrival.
struct op : task {
    using arrive_fn = void (*)(op&, int result, std::uint32_t flags) noexcept;

    op(const op_request& r, finish_fn f, arrive_fn a = nullptr) noexcept
        : task(f), arrive(a), request(r) {}

    // Called by the backend for each completion of a multishot operation, inside its completion
    // walk: takes notes, resumes nothing, submits nothing. Single-shot operations have none.
    arrive_fn arrive;

    op_request request;
    std::int32_t result = 0; // of a single-shot operation: >= 0, or a negative errno
    bool ready = false;      // of a multishot operation: in the ready list; finish clears it

    // For backends that keep it:
    bool cancelled = false; // before it began
    op* next_kept = nullptr;
};

/// Gives `o` a result, in a backend's walk over what has completed, and puts it in `ready`, where a
/// multishot operation may be already.
inline void hand_over(op& o, int result, std::uint32_t flags, task_list& ready) noexcept {
    if (o.arrive == nullptr) {
        o.result = result;
        ready.push(o);
        return;
    }
    o.arrive(o, result, flags);
    if (!std::exchange(o.ready, true))
        ready.push(o);
}

/// Flags of an arrival.
inline constexpr std::uint32_t arrival_more = 1; // the operation stays armed
inline constexpr std::uint32_t arrival_has_buffer =
    2; // the upper half is the number of a provided buffer
inline constexpr unsigned arrival_buffer_shift = 16;

} // namespace ringlet::io
