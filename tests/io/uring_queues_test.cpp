// More at once than the ring's queues hold.
#include "io/socket.hpp"
#include "io/uring_backend.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <cstddef>
#include <thread>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

// Starts all `sends` of one byte each before the loop has run once.
void send_at_once(fd_pair pair, std::size_t sends) {
    io::context ctx(io::make_uring_backend({16, 64}));
    io::socket s(ctx, std::move(pair.ours));
    std::size_t done = 0;
    for (std::size_t i = 0; i < sends; ++i)
        s.async_send("x", [&](io::error_code e, std::size_t n) { done += !e && n == 1; });
    std::size_t received = 0;
    std::jthread peer([&] { received = read_all(pair.theirs.get()).size(); });
    run(ctx);
    CHECK(done == sends);
    s.close();
    run(ctx);
    peer.join();
    CHECK(received == sends);
}

} // namespace

TEST_CASE("more operations than the submission queue holds are submitted at once") {
    send_at_once(stream_pair(), 3000);
}

TEST_CASE("more completions than the completion queue holds all arrive") {
    send_at_once(tcp_pair(), 20'000); // the queue takes 8 192
}
