// More at once than the ring's queues hold.
#include "io/connected_socket.hpp"
#include "support/io_run.hpp"
#include "support/sockets.hpp"

#include <cstddef>
#include <thread>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

// Starts all `sends` of one byte each before the loop has run once.
void send_at_once(fd_pair pair, std::size_t sends) {
    connected_socket c(std::move(pair));
    std::size_t done = 0;
    for (std::size_t i = 0; i < sends; ++i)
        c.socket.async_send("x", [&](io::error_code e, std::size_t n) { done += !e && n == 1; });
    std::size_t received = 0;
    std::jthread peer([&] { received = read_all(c.peer.get()).size(); });
    run(c.ctx);
    CHECK(done == sends);
    c.socket.close();
    run(c.ctx);
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
