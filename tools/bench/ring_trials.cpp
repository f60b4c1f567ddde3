// What tools/bench/floor.cpp does, with features of the ring that it does without:
// tools/bench/trials measures each of them beside it.
//
//     ring_trials PORT FILE [--close] [--with FEATURE,...]
//
// Answers every request with FILE. Its clients wait for an answer before they ask again.
#include "bare_ring.hpp"

#include <vector>

namespace {

// What liburing 2.3 does not name; from the kernel's include/uapi/linux/io_uring.h.
constexpr std::uint16_t recvsend_bundle = 1U << 4;    // IORING_RECVSEND_BUNDLE
constexpr std::uint16_t send_vectorized = 1U << 5;    // IORING_SEND_VECTORIZED
constexpr unsigned cqe_buffer_more = 1U << 4;         // IORING_CQE_F_BUF_MORE
constexpr unsigned enter_no_iowait = 1U << 7;         // IORING_ENTER_NO_IOWAIT
constexpr unsigned register_napi = 27;                // IORING_REGISTER_NAPI
constexpr std::uint16_t buffer_ring_incremental = 2U; // IOU_PBUF_RING_INC
struct napi_setting {                                 // struct io_uring_napi
    std::uint32_t busy_poll_us;
    std::uint8_t prefer_busy_poll;
    std::uint8_t rest[11];
};

constexpr unsigned slots = 16384; // for direct descriptors
constexpr int send_flags = MSG_WAITALL | MSG_NOSIGNAL;

struct features {
    bool direct = false;      // descriptors in a table of the ring's own
    bool no_skip = false;     // sends that succeed have completions, too
    bool bundle = false;      // a receive fills several buffers
    bool large = false;       // buffers are large
    bool incremental = false; // the same, and a receive takes a part of one
    bool napi = false;        // busy polling of network devices
    bool no_iowait = false;   // waiting is not counted as for input or output
    bool sendmsg = false;     // head and body are sent from where they are
    bool vectorized = false;  // the same with a plain send
    bool copied = false;      // head and body are copied into a buffer of the connection
    bool zero_copy = false;   // from a registered buffer
    bool one_shot = false;    // a receive for each request
    bool poll_first = false;  // which is not tried before there is something
    bool try_first = false;   // with --close the receive is tried at once
    bool separate = false;    // with --close, which is done when the send has completed
};

constexpr struct {
    std::string_view name;
    bool features::*chosen;
} names[] = {
    {"direct", &features::direct},           {"no-skip", &features::no_skip},
    {"bundle", &features::bundle},           {"large", &features::large},
    {"incremental", &features::incremental}, {"napi", &features::napi},
    {"no-iowait", &features::no_iowait},     {"sendmsg", &features::sendmsg},
    {"vectorized", &features::vectorized},   {"copied", &features::copied},
    {"zero-copy", &features::zero_copy},     {"one-shot", &features::one_shot},
    {"poll-first", &features::poll_first},   {"try-first", &features::try_first},
    {"separate", &features::separate},
};

struct answer {
    answer(const char* path, bool closes)
        : body(bare::contents_of(path)),
          head(bare::head_for(body.size(), closes)),
          whole(head + body) {
        message.msg_iov = pieces;
        message.msg_iovlen = 2;
    }
    answer(const answer&) = delete;

    std::string body;
    std::string head;
    std::string whole;
    iovec pieces[2] = {{head.data(), head.size()}, {body.data(), body.size()}};
    msghdr message{};
};

struct connection {
    bare::request_end request;
    std::string copy; // of the answer
};

enum class kind : std::uint8_t { accept, receive, send, close };

class trial : bare::ring<kind> {
  public:
    trial(int listener, answer& prepared, features with, bool closes)
        : ring(layout_for(with)),
          listener_(listener),
          answer_(prepared),
          with_(with),
          closes_(closes),
          used_(layout().count) {
        if (with.direct)
            bare::checked(io_uring_register_files_sparse(&ring_, slots), "a table of files");
        if (with.zero_copy) {
            const iovec whole{prepared.whole.data(), prepared.whole.size()};
            bare::checked(io_uring_register_buffers(&ring_, &whole, 1), "a registered buffer");
        }
        if (with.napi) {
            const napi_setting setting{50, 0, {}};
            bare::checked(
                io_uring_register(static_cast<unsigned>(ring_.ring_fd), register_napi, &setting, 1),
                "NAPI");
        }
    }

    [[noreturn]] void run() {
        start_accepting();
        for (;;) {
            if (with_.no_iowait)
                submit_and_wait_without_iowait();
            else
                submit_and_wait();
            take_completions(
                [this](kind what, int fd, const io_uring_cqe& cqe) { take(what, fd, cqe); });
        }
    }

  private:
    static bare::buffer_layout layout_for(features with) {
        bare::buffer_layout layout;
        if (with.large || with.incremental)
            layout = {64, 16 * 1024};
        if (with.incremental)
            layout.flags = buffer_ring_incremental;
        return layout;
    }

    // liburing 2.3 hands on no flags; so the queue is published here, as it does that.
    void submit_and_wait_without_iowait() {
        ring_.sq.sqe_head = ring_.sq.sqe_tail;
        io_uring_smp_store_release(ring_.sq.ktail, ring_.sq.sqe_tail);
        const int n = io_uring_enter(
            static_cast<unsigned>(ring_.enter_ring_fd), io_uring_sq_ready(&ring_), 1,
            IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING | enter_no_iowait, nullptr);
        if (n != -EINTR)
            bare::checked(n, "io_uring_enter");
    }

    void start_accepting() {
        io_uring_sqe* sqe = entry();
        if (with_.direct) // where SOCK_CLOEXEC has no sense, and is refused
            io_uring_prep_multishot_accept_direct(sqe, listener_, nullptr, nullptr, 0);
        else
            io_uring_prep_multishot_accept(sqe, listener_, nullptr, nullptr, SOCK_CLOEXEC);
        tag(sqe, kind::accept, listener_);
    }

    void start_receiving(int fd) {
        io_uring_sqe* sqe = entry();
        if (closes_ || with_.one_shot)
            io_uring_prep_recv(sqe, fd, nullptr, layout().bytes, 0);
        else
            io_uring_prep_recv_multishot(sqe, fd, nullptr, 0, 0);
        if (with_.poll_first || (closes_ && !with_.try_first))
            sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
        if (with_.bundle)
            sqe->ioprio |= recvsend_bundle;
        select_buffer(sqe);
        tag_connection(sqe, kind::receive, fd);
    }

    void start_sending(int fd) {
        io_uring_sqe* sqe = entry();
        const std::string& whole = with_.copied ? copied_for(fd) : answer_.whole;
        if (with_.sendmsg)
            io_uring_prep_sendmsg(sqe, fd, &answer_.message, send_flags);
        else if (with_.vectorized)
            io_uring_prep_send(sqe, fd, answer_.pieces, 2, send_flags);
        else if (with_.zero_copy)
            io_uring_prep_send_zc_fixed(sqe, fd, whole.data(), whole.size(), send_flags, 0, 0);
        else
            io_uring_prep_send(sqe, fd, whole.data(), whole.size(), send_flags);
        if (with_.vectorized)
            sqe->ioprio |= send_vectorized;
        if (closes_ && !with_.separate)
            sqe->flags |= IOSQE_IO_LINK;
        if (!with_.no_skip && !with_.separate && !with_.zero_copy) // with which it is refused
            sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        tag_connection(sqe, kind::send, fd);
    }

    const std::string& copied_for(int fd) {
        return connections_[static_cast<std::size_t>(fd)]
            .copy.assign(answer_.head)
            .append(answer_.body);
    }

    void close(int fd) {
        io_uring_sqe* sqe = entry();
        if (with_.direct)
            io_uring_prep_close_direct(sqe, static_cast<unsigned>(fd));
        else
            io_uring_prep_close(sqe, fd);
        sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
        tag(sqe, kind::close, fd);
    }

    void tag_connection(io_uring_sqe* sqe, kind what, int fd) {
        if (with_.direct)
            sqe->flags |= IOSQE_FIXED_FILE;
        tag(sqe, what, fd);
    }

    void take(kind what, int fd, const io_uring_cqe& cqe) {
        if (cqe.res < 0 && bare::is_refusal(-cqe.res))
            bare::checked(cqe.res, what == kind::accept    ? "accept"
                                   : what == kind::receive ? "receive"
                                                           : "send");
        if (what == kind::accept) {
            if (cqe.res >= 0)
                begin(cqe.res);
            if ((cqe.flags & IORING_CQE_F_MORE) == 0)
                start_accepting();
        } else if (what == kind::receive) {
            take_received(fd, cqe);
        } else if (what == kind::send ? closes_ && with_.separate : cqe.res == -ECANCELED) {
            close(fd); // also when the send before has failed
        }
    }

    void begin(int fd) {
        if (connections_.size() <= static_cast<std::size_t>(fd))
            connections_.resize(static_cast<std::size_t>(fd) + 1);
        connections_[static_cast<std::size_t>(fd)].request = {};
        start_receiving(fd);
    }

    void take_received(int fd, const io_uring_cqe& cqe) {
        if (cqe.res > 0 && take_bytes(connections_[static_cast<std::size_t>(fd)].request, cqe)) {
            answer_request(fd);
            if (closes_)
                return;
        } else if (cqe.res <= 0 && cqe.res != -ENOBUFS) {
            close(fd);
            return;
        }
        if ((cqe.flags & IORING_CQE_F_MORE) == 0)
            start_receiving(fd);
    }

    // A bundle goes on in the buffers that come next in the ring: these stay in the order of their
    // numbers, for they are given back in the order in which they are used.
    bool take_bytes(bare::request_end& request, const io_uring_cqe& cqe) {
        unsigned number = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
        auto left = static_cast<unsigned>(cqe.res);
        for (;; number = (number + 1) % layout().count) {
            const unsigned some = std::min(left, layout().bytes - used_[number]);
            const bool complete = request.after({buffer(number) + used_[number], some});
            left -= some;
            used_[number] += some;
            if (left != 0 || (cqe.flags & cqe_buffer_more) == 0) {
                used_[number] = 0;
                give_back(number);
            }
            if (left == 0)
                return complete;
        }
    }

    void answer_request(int fd) {
        make_room(2);
        start_sending(fd);
        if (closes_ && !with_.separate)
            close(fd);
    }

    const int listener_;
    answer& answer_;
    const features with_;
    const bool closes_;
    std::vector<unsigned> used_;          // of each buffer, when they are incremental
    std::vector<connection> connections_; // by descriptor
};

features parse(std::string_view list) {
    features with;
    while (!list.empty()) {
        const std::string_view name = list.substr(0, list.find(','));
        const auto* found = std::find_if(std::begin(names), std::end(names),
                                         [name](const auto& known) { return known.name == name; });
        if (found == std::end(names))
            throw std::runtime_error("no such feature: " + std::string(name));
        with.*found->chosen = true;
        list.remove_prefix(std::min(list.size(), name.size() + 1));
    }
    return with;
}

} // namespace

int main(int argc, char** argv) {
    try {
        features with;
        bool closes = false;
        for (int i = 3; i < argc; ++i) {
            if (argv[i] == std::string_view("--with") && i + 1 < argc)
                with = parse(argv[++i]);
            else if (argv[i] == std::string_view("--close"))
                closes = true;
            else
                argc = 0;
        }
        if (argc < 3) {
            std::fprintf(stderr, "usage: ring_trials PORT FILE [--close] [--with FEATURE,...]\n");
            return 2;
        }
        answer prepared(argv[2], closes);
        trial(bare::listen_on(std::atoi(argv[1])), prepared, with, closes).run();
    } catch (const std::exception& e) {
        return bare::explain("ring_trials", e);
    }
}
