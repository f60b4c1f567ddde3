#include "io/uring_probe.hpp"

#include "base/unique_fd.hpp"
#include "io/uring_kernel.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ringlet::io {
namespace {

constexpr unsigned submission_entries = 512;
constexpr unsigned completion_entries = 8192; // an overflow is not loss, but slow

// Best first: each entry asks for less than the one before.
constexpr unsigned setups[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
    0,
};

bool supported(const io_uring_probe& probe, int op) {
    return io_uring_opcode_supported(&probe, op) != 0;
}

// Waits for one completion, at most a second: a kernel that never answers must not stop the start.
int complete_one(io_uring& ring, unsigned& flags) {
    io_uring_cqe* cqe = nullptr;
    __kernel_timespec second{.tv_sec = 1, .tv_nsec = 0};
    const int waited = io_uring_submit_and_wait_timeout(&ring, &cqe, 1, &second, nullptr);
    if (waited < 0 || cqe == nullptr)
        return waited < 0 ? waited : -ETIME;
    const int result = cqe->res;
    flags = cqe->flags;
    io_uring_cqe_seen(&ring, cqe);
    return result;
}

enum class multishot { refused, ended, armed };

// Receives one byte through a provided buffer with a multishot operation, as connections do, which
// is to end after `limit` bytes (0: never).
multishot receive_multishot(io_uring& ring, unsigned limit) {
    constexpr int group = 7;
    constexpr unsigned entries = 1;
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    void* memory = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
    if (memory == MAP_FAILED)
        return multishot::refused;
    const std::unique_ptr<void, void (*)(void*)> unmapped(
        memory, [](void* p) { munmap(p, static_cast<std::size_t>(sysconf(_SC_PAGESIZE))); });

    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return multishot::refused;
    const unique_fd reader(pair[0]);
    const unique_fd writer(pair[1]);

    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(memory);
    registration.ring_entries = entries;
    registration.bgid = group;
    if (io_uring_register_buf_ring(&ring, &registration, 0) != 0)
        return multishot::refused;
    char bytes[16];
    auto* buffers = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_ring_init(buffers);
    io_uring_buf_ring_add(buffers, bytes, sizeof bytes, 0, io_uring_buf_ring_mask(entries), 0);
    io_uring_buf_ring_advance(buffers, 1);

    auto outcome = multishot::refused;
    if (write(writer.get(), "x", 1) == 1) {
        io_uring_sqe* sqe = io_uring_get_sqe(&ring);
        io_uring_prep_recv_multishot(sqe, reader.get(), nullptr, 0, 0);
        kernel::limit_multishot(*sqe, limit);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = group;
        io_uring_sqe_set_data64(sqe, 1);
        unsigned flags = 0;
        const int received = complete_one(ring, flags);
        if (received == 1)
            outcome = flags & IORING_CQE_F_MORE ? multishot::armed : multishot::ended;
        shutdown(reader.get(), SHUT_RDWR); // ends the operation
        if (outcome == multishot::armed)
            complete_one(ring, flags);
    }
    io_uring_unregister_buf_ring(&ring, group);
    return outcome;
}

std::string read_word(const char* path) {
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

} // namespace

int open_ring(io_uring& ring) noexcept {
    int result = -EINVAL;
    for (const unsigned flags : setups) {
        io_uring_params params{};
        params.flags = flags | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
        params.cq_entries = completion_entries;
        result = io_uring_queue_init_params(submission_entries, &ring, &params);
        if (result != -EINVAL)
            return result; // open, or refused for a reason that asking for less does not change
    }
    return result;
}

bool limits_multishot(io_uring& ring) {
    return receive_multishot(ring, 1) == multishot::ended;
}

std::string explain_ring_failure(int error) {
    const std::string sysctl = read_word("/proc/sys/kernel/io_uring_disabled");
    switch (error) {
    case ENOSYS:
        return "this kernel has no io_uring; Linux 6.0 or newer is needed";
    case EPERM:
    case EACCES:
        if (!sysctl.empty() && sysctl != "0")
            return "io_uring is switched off (sysctl kernel.io_uring_disabled = " + sysctl +
                   "); run: sysctl kernel.io_uring_disabled=0";
        return "io_uring is forbidden here, as container seccomp profiles do; run the container "
               "with "
               "a profile that allows io_uring_setup, io_uring_enter and io_uring_register";
    case ENOMEM:
        return "io_uring got no locked memory; raise the memlock limit (ulimit -l)";
    case EMFILE:
    case ENFILE:
        return "io_uring got no descriptor; raise the open files limit (ulimit -n)";
    default:
        return "io_uring cannot be set up: " + std::string(std::strerror(error));
    }
}

const feature* uring_report::missing() const noexcept {
    for (const feature& f : features)
        if (f.used && !f.present)
            return &f;
    return nullptr;
}

uring_report probe_uring() {
    uring_report report;
    io_uring ring{};
    if (const int opened = open_ring(ring); opened < 0) {
        report.error = -opened;
        return report;
    }
    const std::unique_ptr<io_uring, void (*)(io_uring*)> closed(&ring, io_uring_queue_exit);
    const std::unique_ptr<io_uring_probe, void (*)(io_uring_probe*)> probe(
        io_uring_get_probe_ring(&ring), io_uring_free_probe);
    const auto offers = [&](int op) { return probe && supported(*probe, op); };

    auto& f = report.features;
    const auto needed = [&f](const char* name, bool present, const char* note) {
        f.push_back({name, present, true, note});
    };
    // What only makes things better is used where it is there.
    const auto wanted = [&f](const char* name, bool present, const char* note) {
        f.push_back({name, present, present, note});
    };
    const auto unused = [&f](const char* name, bool present, const char* note) {
        f.push_back({name, present, false, note});
    };

    needed("multishot receive into provided buffers",
           receive_multishot(ring, 0) == multishot::armed,
           "one armed receive per connection, no memory while idle (Linux 6.0)");
    needed("accept", offers(IORING_OP_ACCEPT), "multishot: one armed accept per worker");
    needed("send, sendmsg", offers(IORING_OP_SEND) && offers(IORING_OP_SENDMSG), "answers");
    needed("connect", offers(IORING_OP_CONNECT), "handlers that ask other servers");
    needed("openat2", offers(IORING_OP_OPENAT2), "files beneath the root, on the ring");
    needed("read", offers(IORING_OP_READ), "file content, on the ring");
    needed("write", offers(IORING_OP_WRITE), "what handlers store, on the ring");
    needed("close", offers(IORING_OP_CLOSE), "of sockets, in order with what was submitted before");
    needed("async cancel", offers(IORING_OP_ASYNC_CANCEL), "timeouts, and clients that go away");
    needed("timeout as an argument of enter", (ring.features & IORING_FEAT_EXT_ARG) != 0,
           "deadlines without an operation each");
    wanted("limited multishot receive", limits_multishot(ring),
           "a flooding client stops after a few buffers, not after a hundred (Linux 6.17)");
    wanted("single issuer", (ring.flags & IORING_SETUP_SINGLE_ISSUER) != 0,
           "no locking in the ring");
    wanted("deferred task work", (ring.flags & IORING_SETUP_DEFER_TASKRUN) != 0,
           "completions only when asked for");
    wanted("no iowait", (ring.features & kernel::feature_no_iowait) != 0,
           "an idle server does not look like a waiting disk");
    wanted("registered ring descriptor", io_uring_register_ring_fd(&ring) == 1,
           "saves a look-up per enter");
    unused("statx", offers(IORING_OP_STATX),
           "fstat on the open file is faster, and waits for no disk");
    unused("send_zc", offers(IORING_OP_SEND_ZC),
           "slower than send on loopback and for small answers");
    return report;
}

std::string why_not_uring(const uring_report& report) {
    if (report.error != 0)
        return explain_ring_failure(report.error);
    if (const feature* f = report.missing())
        return "io_uring lacks something here (" + f->name + "); Linux 6.0 or newer is needed";
    return {};
}

} // namespace ringlet::io
