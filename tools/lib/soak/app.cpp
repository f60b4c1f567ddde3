// The server that tools/soak and tools/dev/slow-clients load: a folder, and handlers whose answers
// their clients can foretell.
//
//     soak_app DIR ACCESS_LOG [TIMEOUT_S CONNECTIONS]
#include <ringlet/ringlet.hpp>

#include <cstdlib>
#include <malloc.h>
#include <string>
#include <zlib.h>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

awaitable<response> hello(request& req) {
    co_return text("hello, " + std::string(req.param("name")) + "\n");
}

awaitable<response> slow(request& req) {
    const int ms = req.param<int>("ms");
    co_await sleep_for(std::chrono::milliseconds(ms));
    co_return text("slept " + std::to_string(ms) + " ms\n");
}

awaitable<response> large(request& req) {
    co_return text(std::string(req.param<std::size_t>("bytes"), 'L'));
}

awaitable<void> write_pieces(writer& out, int n) {
    for (int i = 0; i < n; ++i) {
        const std::string piece = std::to_string(i) + std::string(1000, 'p') + "\n";
        co_await out.write(piece);
        if (i % 8 == 0)
            co_await sleep_for(1ms);
    }
}

awaitable<response> streamed(request& req) {
    const int n = req.param<int>("pieces");
    co_return stream("text/plain", [n](writer& out) { return write_pieces(out, n); });
}

uLong crc_of(std::string_view bytes, uLong before) {
    return ::crc32(before, reinterpret_cast<const Bytef*>(bytes.data()),
                   static_cast<uInt>(bytes.size()));
}

awaitable<response> offloaded(request& req) {
    const std::string name(req.param("name"));
    auto work = [&name] { return crc_of(name, 0); };
    const uLong sum = co_await offload(work);
    co_return text(std::to_string(sum) + "\n");
}

// What has come of the content: its size and its CRC-32.
awaitable<response> upload(request& req) {
    req.body().limit(64 << 20);
    std::uint64_t size = 0;
    uLong sum = 0;
    for (;;) {
        const std::string_view piece = co_await req.body().next();
        if (piece.empty())
            break;
        size += piece.size();
        sum = crc_of(piece, sum);
    }
    co_return text(std::to_string(size) + ' ' + std::to_string(sum) + "\n");
}

// The same of content that waits for its handler.
awaitable<response> late_upload(request& req) {
    co_await sleep_for(20ms);
    const std::string all = co_await req.body().text(64 << 20);
    co_return text(std::to_string(all.size()) + ' ' + std::to_string(crc_of(all, 0)) + "\n");
}

server_limits limits_of_soak() {
    server_limits l;
    // As long as the clients' patience: however slow the machine, none of them is to be told that
    // it was slow.
    l.head_timeout_s = l.idle_timeout_s = l.body_timeout_s = l.send_timeout_s = 60s;
    // As few as the bursts of tools/soak exceed.
    l.connections = 600;
    l.connections_per_client = 250;
    l.requests_per_connection = 1000;
    return l;
}

// All times the same, and all connections from wherever they come.
server_limits scaled(int timeout_s, int connections) {
    server_limits l;
    l.head_timeout_s = l.idle_timeout_s = l.body_timeout_s = l.send_timeout_s =
        std::chrono::seconds(timeout_s);
    l.connections = l.connections_per_client = static_cast<std::uint32_t>(connections);
    return l;
}

} // namespace

int main(int argc, char** argv) {
    ::mallopt(M_MMAP_THRESHOLD, 128 * 1024); // as the program ringlet does
    server app;
    app.get("/hello/{name}", hello);
    app.get("/slow/{ms}", slow);
    app.get("/large/{bytes}", large);
    app.get("/stream/{pieces}", streamed);
    app.get("/offload/{name}", offloaded);
    app.post("/upload", upload);
    app.post("/upload/late", late_upload);
    app.files("/", argv[1]);
    run_options options;
    options.port = 0;
    options.access_log = argv[2];
    options.limits = argc > 4 ? scaled(std::atoi(argv[3]), std::atoi(argv[4])) : limits_of_soak();
    return app.run(options);
}
