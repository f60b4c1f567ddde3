#include "io/uring_request.hpp"

#include "io/uring_kernel.hpp"

#include <linux/openat2.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace ringlet::io {

void prepare(io_uring_sqe& sqe, const op_request& r, unsigned multishot_bytes) noexcept {
    const int send_flags = MSG_NOSIGNAL | (r.whole ? MSG_WAITALL : 0);
    switch (r.code) {
    case opcode::accept_multishot:
        io_uring_prep_multishot_accept(&sqe, r.fd, nullptr, nullptr, SOCK_CLOEXEC);
        break;
    case opcode::receive:
        io_uring_prep_recv(&sqe, r.fd, nullptr, 0, 0);
        sqe.flags |= IOSQE_BUFFER_SELECT;
        sqe.buf_group = buffer_group;
        break;
    case opcode::receive_multishot:
        io_uring_prep_recv_multishot(&sqe, r.fd, nullptr, 0, 0);
        kernel::limit_multishot(sqe, multishot_bytes);
        sqe.flags |= IOSQE_BUFFER_SELECT;
        sqe.buf_group = buffer_group;
        break;
    case opcode::wait_end:
        io_uring_prep_poll_add(&sqe, r.fd, POLLRDHUP); // and POLLERR and POLLHUP, always
        break;
    case opcode::wait_readable:
        io_uring_prep_poll_add(&sqe, r.fd, POLLIN);
        break;
    case opcode::send:
        io_uring_prep_send(&sqe, r.fd, r.data, r.size, send_flags);
        break;
    case opcode::send_message:
        io_uring_prep_sendmsg(&sqe, r.fd, static_cast<const msghdr*>(r.data),
                              static_cast<unsigned>(send_flags));
        break;
    case opcode::connect:
        io_uring_prep_connect(&sqe, r.fd, static_cast<const sockaddr*>(r.data), r.size);
        break;
    case opcode::open:
        io_uring_prep_openat2(&sqe, r.fd, static_cast<const char*>(r.data),
                              static_cast<open_how*>(r.parameter));
        break;
    case opcode::stat:
        io_uring_prep_statx(&sqe, r.fd, static_cast<const char*>(r.data), static_cast<int>(r.size),
                            STATX_BASIC_STATS, static_cast<struct statx*>(r.parameter));
        break;
    case opcode::read:
        io_uring_prep_read(&sqe, r.fd, r.data, r.size, r.offset);
        break;
    case opcode::write:
        io_uring_prep_write(&sqe, r.fd, r.data, r.size, r.offset);
        break;
    }
}

} // namespace ringlet::io
