// The least that an HTTP server on a ring can cost: tools/bench/run measures others against it.
//
//     floor PORT ANSWERS [--close]
//
// Sends answers that were prepared, and parses nothing: it counts the ends of request heads, and
// where there are several answers, looks the target up. ANSWERS is a file of them, each "TARGET
// BYTES\n" and so many bytes. With --close every connection ends after its answer. It trusts its
// clients: who asks again before all of an answer has come gets a mixture.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

namespace {

constexpr unsigned submission_entries = 4096;
constexpr unsigned completion_entries = 32768;
constexpr unsigned buffer_count = 512; // few, so that they stay in the cache
constexpr unsigned buffer_bytes = 2048;
constexpr int buffer_group = 0;
constexpr std::size_t piece_bytes = 512 * 1024; // of a large answer, for each send
constexpr std::size_t most_pipelined = 64;      // in one send
constexpr int send_flags = MSG_WAITALL | MSG_NOSIGNAL;
constexpr std::string_view head_end = "\r\n\r\n";

int checked(int result, const char* what) {
    if (result < 0)
        throw std::system_error(result == -1 ? errno : -result, std::generic_category(), what);
    return result;
}

class answers {
  public:
    explicit answers(const char* path) {
        std::ifstream file(path, std::ios::binary | std::ios::ate);
        text_.resize(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)));
        file.seekg(0);
        file.read(text_.data(), static_cast<std::streamsize>(text_.size()));
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

class floor_server {
  public:
    floor_server(int listener, const answers& prepared, bool closes)
        : prepared_(prepared),
          closes_(closes),
          listener_(listener),
          received_(new char[buffer_count * buffer_bytes]) {
        io_uring_params params{};
        params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                       IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
        params.cq_entries = completion_entries;
        checked(io_uring_queue_init_params(submission_entries, &ring_, &params), "io_uring_setup");
        checked(io_uring_register_ring_fd(&ring_), "registering the ring");
        register_buffers();
    }

    [[noreturn]] void run() {
        start_accepting();
        for (;;) {
            const int n = io_uring_submit_and_wait(&ring_, 1);
            if (n != -EINTR)
                checked(n, "io_uring_enter");
            take_completions();
        }
    }

  private:
    void register_buffers() {
        void* memory = nullptr;
        if (posix_memalign(&memory, 4096, buffer_count * sizeof(io_uring_buf)) != 0)
            throw std::bad_alloc();
        buffers_ = static_cast<io_uring_buf_ring*>(memory);
        io_uring_buf_reg registration{};
        registration.ring_addr = reinterpret_cast<std::uint64_t>(memory);
        registration.ring_entries = buffer_count;
        registration.bgid = buffer_group;
        checked(io_uring_register_buf_ring(&ring_, &registration, 0), "registering buffers");
        io_uring_buf_ring_init(buffers_);
        for (unsigned i = 0; i < buffer_count; ++i)
            add_buffer(i, i);
        io_uring_buf_ring_advance(buffers_, buffer_count);
    }

    char* buffer(unsigned number) { return received_ + std::size_t{number} * buffer_bytes; }

    void add_buffer(unsigned number, unsigned offset) {
        io_uring_buf_ring_add(buffers_, buffer(number), buffer_bytes,
                              static_cast<unsigned short>(number),
                              io_uring_buf_ring_mask(buffer_count), static_cast<int>(offset));
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

    static void tag(io_uring_sqe* sqe, kind what, int fd) {
        io_uring_sqe_set_data64(sqe, static_cast<std::uint64_t>(fd) << 8 |
                                         static_cast<std::uint64_t>(what));
    }

    void start_accepting() {
        io_uring_sqe* sqe = entry();
        io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
        tag(sqe, kind::accept, listener_);
    }

    void start_receiving(int fd) {
        io_uring_sqe* sqe = entry();
        if (closes_) {
            io_uring_prep_recv(sqe, fd, nullptr, buffer_bytes, 0);
            sqe->ioprio |= IORING_RECVSEND_POLL_FIRST; // a request comes after its connection
        } else {
            io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
        }
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = buffer_group;
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

    void take_completions() {
        unsigned head = 0;
        unsigned seen = 0;
        io_uring_cqe* cqe = nullptr;
        io_uring_for_each_cqe(&ring_, head, cqe) {
            ++seen;
            const std::uint64_t data = io_uring_cqe_get_data64(cqe);
            take(static_cast<kind>(data & 0xff), static_cast<int>(data >> 8), *cqe);
        }
        io_uring_buf_ring_advance(buffers_, static_cast<int>(returned_));
        io_uring_cq_advance(&ring_, seen);
        returned_ = 0;
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
            add_buffer(number, returned_++);
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
    io_uring ring_{};
    io_uring_buf_ring* buffers_ = nullptr;
    char* const received_; // as long as the process
    unsigned returned_ = 0;
    std::vector<connection> connections_; // by descriptor
};

int listen_on(int port) {
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

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: floor PORT ANSWERS [--close]\n");
        return 2;
    }
    try {
        const answers prepared(argv[2]);
        floor_server(listen_on(std::atoi(argv[1])), prepared, argc > 3).run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "floor: %s\n", e.what());
        return 1;
    }
}
