// The part of tools/bench/bodies.cpp that is the same for all its strategies: connections, which
// ask for the file again and again.
#pragma once

#include "bare_ring.hpp"

#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace bodies {

using bare::checked;

constexpr int send_flags = MSG_WAITALL | MSG_NOSIGNAL;

struct source {
    explicit source(const char* name)
        : path(name),
          fd(checked(::open(path, O_RDONLY | O_CLOEXEC), path)),
          bytes(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END))),
          head(bare::head_for(bytes)) {}

    char* map() const {
        void* at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
        checked(at == MAP_FAILED ? -1 : 0, "mmap");
        return static_cast<char*>(at);
    }

    const char* const path;
    const int fd;
    const std::size_t bytes;
    const std::string head;
};

using block = std::unique_ptr<char[]>;

struct connection {
    bare::request_end request;
    unsigned pending = 0;         // what has been submitted and has not completed
    bool gone = false;            // closed when nothing is pending
    std::size_t done = 0;         // bytes of this answer
    char* mapped = nullptr;       // for mmap-each
    block next;                   // for read and ahead: is being filled, or waits to be sent,
    std::size_t next_bytes = 0;   // and so much is in it
    bool reads = false;           // it is being filled
    block sent;                   // is being sent
    int pipe_out = -1, pipe = -1; // for splice
};

enum class kind : std::uint8_t { accept, receive, close, head, send, read, room };

class server : protected bare::ring<kind> {
  public:
    server(int listener, const source& file) : file_(file), listener_(listener) {}
    server(const server&) = delete;
    virtual ~server() = default;

    [[noreturn]] void run() {
        start_accepting();
        for (;;) {
            submit_and_wait();
            take_completions(
                [this](kind what, int fd, const io_uring_cqe& cqe) { take(what, fd, cqe); });
        }
    }

  protected:
    // What is different: how an answer begins, how it goes on when one of its steps is done, and
    // what a connection holds when it ends.
    virtual void begin(int fd, connection& c) = 0;
    virtual void go_on(int fd, connection& c, kind step, std::size_t bytes) = 0;
    virtual void release(connection&) {}
    virtual int socket_flags() const { return SOCK_CLOEXEC; }

    void add(io_uring_sqe* sqe, kind step, int fd, connection& c, unsigned flags = 0) {
        sqe->flags |= static_cast<std::uint8_t>(flags);
        tag(sqe, step, fd);
        ++c.pending;
    }

    void send(int fd, connection& c, const char* bytes, std::size_t n) {
        io_uring_sqe* sqe = entry();
        io_uring_prep_send(sqe, fd, bytes, n, send_flags);
        add(sqe, kind::send, fd, c);
    }

    // What follows waits for it, and goes into the same segments.
    void send_head(int fd, connection& c) {
        io_uring_sqe* sqe = entry();
        io_uring_prep_send(sqe, fd, file_.head.data(), file_.head.size(), send_flags | MSG_MORE);
        add(sqe, kind::head, fd, c, IOSQE_IO_LINK);
    }

    // The receive, too, comes to its end then.
    static void give_up(int fd, connection& c) {
        c.gone = true;
        ::shutdown(fd, SHUT_RDWR);
    }

    const source& file_;

  private:
    void start_accepting() {
        io_uring_sqe* sqe = entry();
        io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, socket_flags());
        tag(sqe, kind::accept, listener_);
    }

    void start_receiving(int fd, connection& c) {
        io_uring_sqe* sqe = entry();
        io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
        select_buffer(sqe);
        add(sqe, kind::receive, fd, c);
    }

    void take(kind what, int fd, const io_uring_cqe& cqe) {
        if (what == kind::accept) {
            if (cqe.res >= 0)
                take_accepted(cqe.res);
            if ((cqe.flags & IORING_CQE_F_MORE) == 0)
                start_accepting();
        } else if (what != kind::close) {
            connection& c = connections_[static_cast<std::size_t>(fd)];
            c.pending -= (cqe.flags & IORING_CQE_F_MORE) == 0;
            if (what == kind::receive)
                take_received(fd, c, cqe);
            else if ((cqe.flags & IORING_CQE_F_NOTIF) == 0)
                take_step(what, fd, c, cqe.res);
            if (c.gone && c.pending == 0)
                close(fd, c);
        }
    }

    void take_accepted(int fd) {
        if (connections_.size() <= static_cast<std::size_t>(fd))
            connections_.resize(static_cast<std::size_t>(fd) + 1);
        start_receiving(fd, connections_[static_cast<std::size_t>(fd)]);
    }

    void take_received(int fd, connection& c, const io_uring_cqe& cqe) {
        if (cqe.res > 0) {
            const unsigned number = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
            if (c.request.after({buffer(number), static_cast<std::size_t>(cqe.res)}) && !c.gone) {
                c.done = 0;
                begin(fd, c);
            }
            give_back(number);
        } else if (cqe.res != -ENOBUFS) {
            give_up(fd, c);
        }
        if ((cqe.flags & IORING_CQE_F_MORE) == 0 && !c.gone)
            start_receiving(fd, c);
    }

    void take_step(kind what, int fd, connection& c, int result) {
        if (bare::is_refusal(-result))
            checked(result, "a step of the answer");
        if (result <= 0)
            give_up(fd, c);
        else if (!c.gone)
            go_on(fd, c, what, static_cast<std::size_t>(result));
    }

    void close(int fd, connection& c) {
        release(c);
        c = {};
        io_uring_sqe* sqe = entry();
        io_uring_prep_close(sqe, fd);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        tag(sqe, kind::close, fd);
    }

    const int listener_;
    std::vector<connection> connections_; // by descriptor
};

} // namespace bodies
