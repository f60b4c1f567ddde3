// Ways to send a file that is in the page cache: tools/bench/trials measures each of them.
//
//     bodies PORT FILE STRATEGY [KIB]
//
// memory      from memory, where its head stands before it, KIB at a time or all at once
// zero-copy   the same from a registered buffer
// mmap        from a mapping that is there as long as the server
// mmap-each   from a mapping made for the answer
// read        KIB at a time into a buffer, which is sent before the next are read
// ahead       the same, but the next KIB are read while those before are sent
// sendfile    sendfile(), and the ring tells when there is room in the socket again
// splice      KIB at a time through a pipe of each connection
//
// The file is opened once. Its clients wait for an answer before they ask again.
#include "bodies_server.hpp"

#include <csignal>
#include <poll.h>
#include <sched.h>
#include <sys/sendfile.h>

namespace {

using bare::checked;
using bodies::block;
using bodies::connection;
using bodies::kind;
using bodies::send_flags;
using bodies::server;
using bodies::source;

class from_memory : public server {
  public:
    from_memory(int listener, const source& file, std::size_t piece, bool copied)
        : server(listener, file),
          text_(file.head + bare::contents_of(file.path)),
          piece_(piece != 0 ? piece : text_.size()),
          copied_(copied) {
        const iovec all{text_.data(), text_.size()};
        if (!copied)
            checked(io_uring_register_buffers(&ring_, &all, 1), "a registered buffer");
    }

  private:
    void begin(int fd, connection& c) override {
        const char* from = text_.data() + c.done;
        const std::size_t n = std::min(piece_, text_.size() - c.done);
        if (copied_) {
            send(fd, c, from, n);
        } else {
            io_uring_sqe* sqe = entry();
            io_uring_prep_send_zc_fixed(sqe, fd, from, n, send_flags, 0, 0);
            add(sqe, kind::send, fd, c);
        }
    }

    void go_on(int fd, connection& c, kind, std::size_t bytes) override {
        c.done += bytes;
        if (c.done < text_.size())
            begin(fd, c);
    }

    std::string text_;
    const std::size_t piece_;
    const bool copied_;
};

class from_mapping : public server {
  public:
    from_mapping(int listener, const source& file, bool each)
        : server(listener, file), kept_(each ? nullptr : file.map()) {}

  private:
    void begin(int fd, connection& c) override {
        c.mapped = kept_ != nullptr ? kept_ : file_.map();
        make_room(2);
        send_head(fd, c);
        send(fd, c, c.mapped, file_.bytes);
    }

    void go_on(int, connection& c, kind step, std::size_t) override {
        if (step == kind::send)
            release(c);
    }

    void release(connection& c) override {
        if (kept_ == nullptr && c.mapped != nullptr)
            ::munmap(c.mapped, file_.bytes);
        c.mapped = nullptr;
    }

    char* const kept_;
};

class by_reading : public server {
  public:
    by_reading(int listener, const source& file, std::size_t piece, bool ahead)
        : server(listener, file), piece_(piece), ahead_(ahead) {}

  private:
    void begin(int fd, connection& c) override { start_reading(fd, c); }

    // The first block begins with the head.
    void start_reading(int fd, connection& c) {
        if (c.next || c.done == file_.bytes)
            return;
        c.next = take_block();
        c.next_bytes = c.done == 0 ? file_.head.copy(c.next.get(), file_.head.size()) : 0;
        io_uring_sqe* sqe = entry();
        io_uring_prep_read(sqe, file_.fd, c.next.get() + c.next_bytes,
                           static_cast<unsigned>(std::min(piece_, file_.bytes - c.done)), c.done);
        add(sqe, kind::read, fd, c);
        c.reads = true;
    }

    void go_on(int fd, connection& c, kind step, std::size_t bytes) override {
        if (step == kind::read) {
            c.reads = false;
            c.done += bytes;
            c.next_bytes += bytes;
        } else {
            spare_.push_back(std::move(c.sent));
        }
        if (!c.sent && c.next && !c.reads) {
            c.sent = std::move(c.next);
            send(fd, c, c.sent.get(), c.next_bytes);
        }
        if (!c.sent || ahead_)
            start_reading(fd, c);
    }

    // The one used last, which is the most likely to be in the cache.
    block take_block() {
        if (spare_.empty())
            return block(new char[file_.head.size() + piece_]);
        block last = std::move(spare_.back());
        spare_.pop_back();
        return last;
    }

    void release(connection& c) override {
        for (block* b : {&c.next, &c.sent})
            if (*b)
                spare_.push_back(std::move(*b));
    }

    const std::size_t piece_;
    const bool ahead_;
    std::vector<block> spare_;
};

class by_sendfile : public server {
    using server::server;

    int socket_flags() const override { return SOCK_CLOEXEC | SOCK_NONBLOCK; }

    void begin(int fd, connection& c) override {
        const auto bytes = static_cast<ssize_t>(file_.head.size());
        if (::send(fd, file_.head.data(), file_.head.size(), MSG_NOSIGNAL | MSG_MORE) == bytes)
            go_on(fd, c, kind::room, 0);
        else
            give_up(fd, c);
    }

    void go_on(int fd, connection& c, kind, std::size_t) override {
        auto offset = static_cast<off_t>(c.done);
        const ssize_t n = ::sendfile(fd, file_.fd, &offset, file_.bytes - c.done);
        c.done = static_cast<std::size_t>(offset);
        if (n < 0 && errno != EAGAIN) {
            give_up(fd, c);
        } else if (c.done < file_.bytes) {
            io_uring_sqe* sqe = entry();
            io_uring_prep_poll_add(sqe, fd, POLLOUT);
            add(sqe, kind::room, fd, c);
        }
    }
};

class by_splicing : public server {
  public:
    by_splicing(int listener, const source& file, std::size_t piece)
        : server(listener, file), piece_(piece) {
        // A splice is done by threads of the ring; without this they are on all cores.
        cpu_set_t cores;
        checked(::sched_getaffinity(0, sizeof cores, &cores), "sched_getaffinity");
        checked(io_uring_register_iowq_aff(&ring_, sizeof cores, &cores), "the cores of threads");
    }

  private:
    void begin(int fd, connection& c) override {
        int ends[2] = {c.pipe_out, c.pipe};
        if (c.pipe < 0) {
            checked(::pipe2(ends, O_CLOEXEC), "pipe2");
            c.pipe_out = ends[0];
            c.pipe = ends[1];
            checked(::fcntl(c.pipe, F_SETPIPE_SZ, static_cast<int>(piece_)), "F_SETPIPE_SZ");
        }
        make_room(3);
        send_head(fd, c);
        splice(fd, c);
    }

    void splice(int fd, connection& c) {
        const auto n = static_cast<unsigned>(std::min(piece_, file_.bytes - c.done));
        make_room(2);
        io_uring_sqe* sqe = entry();
        io_uring_prep_splice(sqe, file_.fd, static_cast<std::int64_t>(c.done), c.pipe, -1, n, 0);
        add(sqe, kind::read, fd, c, IOSQE_IO_LINK);
        sqe = entry();
        const bool last = c.done + n == file_.bytes;
        io_uring_prep_splice(sqe, c.pipe_out, -1, fd, -1, n, last ? 0 : SPLICE_F_MORE);
        add(sqe, kind::send, fd, c);
    }

    void go_on(int fd, connection& c, kind step, std::size_t bytes) override {
        if (step == kind::send && (c.done += bytes) < file_.bytes)
            splice(fd, c);
    }

    void release(connection& c) override {
        for (const int end : {c.pipe, c.pipe_out})
            if (end >= 0)
                ::close(end);
    }

    const std::size_t piece_;
};

std::unique_ptr<server> make_server(std::string_view strategy, int listener, const source& file,
                                    std::size_t piece) {
    if (strategy == "memory" || strategy == "zero-copy")
        return std::make_unique<from_memory>(listener, file, piece, strategy == "memory");
    if (strategy == "mmap" || strategy == "mmap-each")
        return std::make_unique<from_mapping>(listener, file, strategy == "mmap-each");
    if ((strategy == "read" || strategy == "ahead") && piece != 0)
        return std::make_unique<by_reading>(listener, file, piece, strategy == "ahead");
    if (strategy == "sendfile")
        return std::make_unique<by_sendfile>(listener, file);
    if (strategy == "splice" && piece != 0)
        return std::make_unique<by_splicing>(listener, file, piece);
    throw std::runtime_error("no such strategy: " + std::string(strategy));
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: bodies PORT FILE STRATEGY [KIB]\n");
        return 2;
    }
    try {
        std::signal(SIGPIPE, SIG_IGN); // sendfile() and splices know no MSG_NOSIGNAL
        const source file(argv[2]);
        const std::size_t piece = argc > 4 ? std::stoul(argv[4]) * 1024 : 0;
        make_server(argv[3], bare::listen_on(std::atoi(argv[1])), file, piece)->run();
    } catch (const std::exception& e) {
        return bare::explain("bodies", e);
    }
}
