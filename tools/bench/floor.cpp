// The least that an HTTP server on a ring can cost: tools/bench/run measures others against it.
//
//     floor PORT ANSWERS [--close]
//
// Sends answers that were prepared, and parses nothing: it counts the ends of request heads, and
// where there are several answers, looks the target up. ANSWERS is a file of them, each "TARGET
// BYTES\n" and so many bytes. With --close every connection ends after its answer. It trusts its
// clients: who asks again before all of an answer has come gets a mixture.
#include "bare_ring.hpp"

#include <unordered_map>
#include <vector>

namespace {

using bare::head_end;

constexpr std::size_t piece_bytes = 512 * 1024; // of a large answer, for each send
constexpr std::size_t most_pipelined = 64;      // in one send
constexpr int send_flags = MSG_WAITALL | MSG_NOSIGNAL;

class answers {
  public:
    explicit answers(const char* path) : text_(bare::contents_of(path)) {
        for (std::size_t at = 0; at < text_.size();) {
            const std::size_t blank = text_.find(' ', at);
            const std::size_t line_end = text_.find('\n', at);
            if (line_end == text_.npos)
                throw std::runtime_error("there are no answers in the file");
            const std::size_t bytes = std::stoul(text_.substr(blank + 1, line_end - blank - 1));
            only_ = std::string_view(text_).substr(line_end + 1, bytes);
            of_target_[std::string_view(text_).substr(at, blank - at)] = only_;
            at = line_end + 1 + bytes;
        }
        for (std::size_t n = 1; n <= most_pipelined && only_.size() * n <= piece_bytes; ++n)
            repeated_ += only_;
    }

    bool several() const { return of_target_.size() > 1; }
    std::string_view only() const { return only_; }
    std::string_view of(std::string_view head) const {
        const std::size_t begin = head.find(' ') + 1;
        return of_target_.at(head.substr(begin, head.find(' ', begin) - begin));
    }
    // Up to so many times the only answer.
    std::string_view repeated(std::size_t n) const {
        return std::string_view(repeated_).substr(0, n * only_.size());
    }

  private:
    std::string text_;
    std::string repeated_;
    std::string_view only_;
    std::unordered_map<std::string_view, std::string_view> of_target_;
};

// A compiler makes vectors of this, for 255 bytes hold no more ends than a byte can count.
std::size_t count_heads(std::string_view s) {
    std::size_t heads = 0;
    const std::size_t starts = s.size() < head_end.size() ? 0 : s.size() - head_end.size() + 1;
    for (std::size_t at = 0; at < starts;) {
        std::uint8_t some = 0;
        for (const std::size_t end = std::min<std::size_t>(starts, at + 255); at < end; ++at)
            some = static_cast<std::uint8_t>(
                some + ((s[at] == '\r') & (s[at + 2] == '\r') & (s[at + 3] == '\n')));
        heads += some;
    }
    return heads;
}

struct connection {
    std::string partial;   // the beginning of a head
    std::string_view left; // of a large answer
};

enum class kind : std::uint8_t { accept, receive, send, piece, close };

class floor_server : bare::ring<kind> {
  public:
    floor_server(int listener, const answers& prepared, bool closes)
        : prepared_(prepared), closes_(closes), listener_(listener) {}

    [[noreturn]] void run() {
        start_accepting();
        for (;;) {
            submit_and_wait();
            take_completions(
                [this](kind what, int fd, const io_uring_cqe& cqe) { take(what, fd, cqe); });
        }
    }

  private:
    void start_accepting() {
        io_uring_sqe* sqe = entry();
        io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
        tag(sqe, kind::accept, listener_);
    }

    void start_receiving(int fd) {
        io_uring_sqe* sqe = entry();
        if (closes_) {
            io_uring_prep_recv(sqe, fd, nullptr, layout().bytes, 0);
            sqe->ioprio |= IORING_RECVSEND_POLL_FIRST; // a request comes after its connection
        } else {
            io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
        }
        select_buffer(sqe);
        tag(sqe, kind::receive, fd);
    }

    void start_sending(int fd, std::string_view bytes, unsigned flags) {
        io_uring_sqe* sqe = entry();
        io_uring_prep_send(sqe, fd, bytes.data(), bytes.size(), send_flags);
        sqe->flags |= static_cast<std::uint8_t>(IOSQE_CQE_SKIP_SUCCESS | flags);
        tag(sqe, kind::send, fd);
    }

    void send_piece(int fd) {
        const std::string_view left = connections_[fd].left;
        io_uring_sqe* sqe = entry();
        io_uring_prep_send(sqe, fd, left.data(), std::min(left.size(), piece_bytes), send_flags);
        tag(sqe, kind::piece, fd);
    }

    void close(int fd) {
        io_uring_sqe* sqe = entry();
        io_uring_prep_close(sqe, fd);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        tag(sqe, kind::close, fd);
    }

    void take(kind what, int fd, const io_uring_cqe& cqe) {
        if (what == kind::accept) {
            if (cqe.res >= 0)
                begin(cqe.res);
            if ((cqe.flags & IORING_CQE_F_MORE) == 0)
                start_accepting();
        } else if (what == kind::receive) {
            take_received(fd, cqe);
        } else if (what == kind::piece && cqe.res > 0) {
            std::string_view& left = connections_[fd].left;
            left.remove_prefix(static_cast<std::size_t>(cqe.res));
            if (!left.empty())
                send_piece(fd);
        }
        // What else has failed, the receive of the connection learns as well.
    }

    void begin(int fd) {
        if (connections_.size() <= static_cast<std::size_t>(fd))
            connections_.resize(static_cast<std::size_t>(fd) + 1);
        connections_[fd] = {};
        start_receiving(fd);
    }

    void take_received(int fd, const io_uring_cqe& cqe) {
        bool again = !closes_;
        if (cqe.res > 0) {
            const unsigned number = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
            const bool answered =
                take_bytes(fd, {buffer(number), static_cast<std::size_t>(cqe.res)});
            give_back(number);
            again = again || !answered;
        } else if (cqe.res != -ENOBUFS) {
            close(fd);
            return;
        } else {
            again = true;
        }
        if (again && (cqe.flags & IORING_CQE_F_MORE) == 0)
            start_receiving(fd);
    }

    // Whether a request was complete.
    bool take_bytes(int fd, std::string_view bytes) {
        std::string& partial = connections_[fd].partial;
        if (partial.empty() && bytes.ends_with(head_end)) {
            answer(fd, bytes);
            return true;
        }
        partial += bytes;
        const std::size_t last = partial.rfind(head_end);
        if (last == partial.npos)
            return false;
        const std::string heads = partial.substr(0, last + head_end.size());
        partial.erase(0, heads.size());
        answer(fd, heads);
        return true;
    }

    void answer(int fd, std::string_view heads) {
        std::size_t n = count_heads(heads);
        if (closes_) {
            make_room(2);
            start_sending(fd, prepared_.several() ? prepared_.of(heads) : prepared_.only(),
                          IOSQE_IO_LINK);
            close(fd);
        } else if (!prepared_.several() && prepared_.only().size() <= piece_bytes) {
            send_repeated(fd, n);
        } else {
            make_room(static_cast<unsigned>(n));
            for (; n > 0; --n) {
                send_one(fd, prepared_.several() ? prepared_.of(heads) : prepared_.only(), n > 1);
                heads.remove_prefix(heads.find(head_end) + head_end.size());
            }
        }
    }

    void send_repeated(int fd, std::size_t n) {
        make_room(static_cast<unsigned>(n));
        while (n > 0) {
            const std::string_view some = prepared_.repeated(n);
            n -= some.size() / prepared_.only().size();
            start_sending(fd, some, n > 0 ? IOSQE_IO_LINK : 0);
        }
    }

    void send_one(int fd, std::string_view bytes, bool more) {
        if (bytes.size() <= piece_bytes) {
            start_sending(fd, bytes, more ? IOSQE_IO_LINK : 0);
            return;
        }
        connections_[fd].left = bytes;
        send_piece(fd);
    }

    const answers& prepared_;
    const bool closes_;
    const int listener_;
    std::vector<connection> connections_; // by descriptor
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: floor PORT ANSWERS [--close]\n");
        return 2;
    }
    try {
        const answers prepared(argv[2]);
        floor_server(bare::listen_on(std::atoi(argv[1])), prepared, argc > 3).run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "floor: %s\n", e.what());
        return 1;
    }
}
