// What the programs beside this one share that stand on nothing but the kernel: a listener on
// loopback, and a ring with buffers for what is received. Whatever the ring is given lives as long
// as the process.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <liburing.h>
#include <netinet/tcp.h>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace bare {

constexpr unsigned submission_entries = 4096;
constexpr unsigned completion_entries = 32768;
constexpr int buffer_group = 0;
constexpr std::string_view head_end = "\r\n\r\n";

inline int checked(int result, const char* what) {
    if (result < 0)
        throw std::system_error(result == -1 ? errno : -result, std::generic_category(), what);
    return result;
}

inline int listen_on(int port) {
    const int fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // for those accepted as well
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    checked(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    checked(::listen(fd, 4096), "listen");
    return fd;
}

inline std::string contents_of(const char* path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    std::string text(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)), '\0');
    file.seekg(0);
    if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
        throw std::runtime_error(std::string("cannot read ") + path);
    return text;
}

// About as long as the heads of files are.
inline std::string head_for(std::size_t content_bytes, bool closes = false) {
    return std::string("HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
                       "Server: trial\r\nContent-Type: application/octet-stream\r\n"
                       "Last-Modified: Sun, 22 Nov 2026 11:00:00 GMT\r\n"
                       "ETag: \"0123456789abcdef\"\r\nAccept-Ranges: bytes\r\n")
        .append(closes ? "Connection: close\r\n" : "")
        .append("Content-Length: ")
        .append(std::to_string(content_bytes))
        .append(head_end);
}

// For clients that wait for an answer before they ask again: then a request is complete when what
// has come ends as a head does.
struct request_end {
    bool after(std::string_view bytes) {
        for (const char c : bytes.substr(bytes.size() - std::min(bytes.size(), head_end.size())))
            last_four = last_four << 8 | static_cast<unsigned char>(c);
        return last_four == 0x0d0a0d0a;
    }
    std::uint32_t last_four = 0;
};

// How a kernel says that it does not know, or is not to do, what it is asked for; the last of them
// when there is a limit on locked memory.
inline bool is_refusal(int error) {
    return error == EINVAL || error == EOPNOTSUPP || error == ENOSYS || error == EPERM ||
           error == ENOMEM;
}

// For main(): the exit code, and on stderr the reason.
inline int explain(const char* program, const std::exception& e) {
    const auto* failed = dynamic_cast<const std::system_error*>(&e);
    if (failed != nullptr && is_refusal(failed->code().value()))
        std::fprintf(stderr, "refused by this kernel: %s (errno %d)\n", e.what(),
                     failed->code().value());
    else
        std::fprintf(stderr, "%s: %s\n", program, e.what());
    return 1;
}

struct buffer_layout {
    unsigned count = 512; // few, so that they stay in the cache
    unsigned bytes = 2048;
    std::uint16_t flags = 0; // IOU_PBUF_RING_...
};

// `Kind` is an enum of bytes that tells the completions of a descriptor apart.
template <class Kind>
class ring {
  protected:
    explicit ring(buffer_layout layout = {})
        : layout_(layout), received_(new char[std::size_t{layout.count} * layout.bytes]) {
        io_uring_params params{};
        params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
        params.cq_entries = completion_entries;
        checked(io_uring_queue_init_params(submission_entries, &ring_, &params), "io_uring_setup");
        checked(io_uring_register_ring_fd(&ring_), "registering the ring");
        register_buffers();
    }

    void submit_and_wait() {
        const int n = io_uring_submit_and_wait(&ring_, 1);
        if (n != -EINTR)
            checked(n, "io_uring_enter");
    }

    // take(Kind, descriptor, io_uring_cqe) gets each of them.
    template <class Take>
    void take_completions(Take take) {
        unsigned head = 0;
        unsigned seen = 0;
        io_uring_cqe* cqe = nullptr;
        io_uring_for_each_cqe(&ring_, head, cqe) {
            ++seen;
            const std::uint64_t data = io_uring_cqe_get_data64(cqe);
            take(static_cast<Kind>(data & 0xff), static_cast<int>(data >> 8), *cqe);
        }
        io_uring_buf_ring_advance(buffers_, static_cast<int>(returned_));
        io_uring_cq_advance(&ring_, seen);
        returned_ = 0;
    }

    // A chain must not be torn in two by a full queue.
    void make_room(unsigned entries) {
        if (io_uring_sq_space_left(&ring_) < entries)
            checked(io_uring_submit(&ring_), "io_uring_enter");
    }

    io_uring_sqe* entry() {
        make_room(1);
        return io_uring_get_sqe(&ring_);
    }

    static void tag(io_uring_sqe* sqe, Kind what, int fd) {
        io_uring_sqe_set_data64(sqe, static_cast<std::uint64_t>(fd) << 8 |
                                         static_cast<std::uint64_t>(what));
    }

    static void select_buffer(io_uring_sqe* sqe) {
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = buffer_group;
    }

    const buffer_layout& layout() const { return layout_; }
    char* buffer(unsigned number) { return received_ + std::size_t{number} * layout_.bytes; }
    // The kernel has it again when all completions that are there have been taken.
    void give_back(unsigned number) { add_buffer(number, returned_++); }

    io_uring ring_{};

  private:
    void register_buffers() {
        void* memory = nullptr;
        if (posix_memalign(&memory, 4096, layout_.count * sizeof(io_uring_buf)) != 0)
            throw std::bad_alloc();
        buffers_ = static_cast<io_uring_buf_ring*>(memory);
        io_uring_buf_reg registration{};
        registration.ring_addr = reinterpret_cast<std::uint64_t>(memory);
        registration.ring_entries = layout_.count;
        registration.bgid = buffer_group;
        registration.pad = layout_.flags; // so called before there were any
        checked(io_uring_register_buf_ring(&ring_, &registration, 0), "registering buffers");
        io_uring_buf_ring_init(buffers_);
        for (unsigned i = 0; i < layout_.count; ++i)
            add_buffer(i, i);
        io_uring_buf_ring_advance(buffers_, static_cast<int>(layout_.count));
    }

    void add_buffer(unsigned number, unsigned offset) {
        io_uring_buf_ring_add(buffers_, buffer(number), layout_.bytes,
                              static_cast<unsigned short>(number),
                              io_uring_buf_ring_mask(layout_.count), static_cast<int>(offset));
    }

    const buffer_layout layout_;
    io_uring_buf_ring* buffers_ = nullptr;
    char* const received_;
    unsigned returned_ = 0;
};

} // namespace bare
