// A server that gets no more memory.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/sanitized.hpp"
#include "support/server_process.hpp"

#include <sys/resource.h>
#include <vector>

namespace ringlet::testing {
namespace {

// What the process can write to of its own, in bytes: unlike the address space, without what its
// allocator has only reserved.
rlim_t private_memory(pid_t pid) {
    return std::stoull(status_of(pid, "VmData")) * 1024;
}

// As long as it lives, `pid` can have no more than `more` bytes beyond what it has.
class memory_limit {
  public:
    memory_limit(pid_t pid, rlim_t more) : pid_(pid) {
        checked(::prlimit(pid_, RLIMIT_DATA, nullptr, &before_), "prlimit");
        const rlimit tight{private_memory(pid) + more, before_.rlim_max};
        checked(::prlimit(pid_, RLIMIT_DATA, &tight, nullptr), "prlimit");
    }
    memory_limit(const memory_limit&) = delete;
    memory_limit& operator=(const memory_limit&) = delete;
    ~memory_limit() { ::prlimit(pid_, RLIMIT_DATA, &before_, nullptr); }

  private:
    pid_t pid_;
    rlimit before_{};
};

struct outcome {
    int whole = 0, refused = 0, closed = 0, wrong = 0;
};

// Many clients that each ask for `name` and do not read until all have asked.
outcome ask_at_once(std::uint16_t port, const test_site& site, const std::string& name,
                    int number) {
    std::vector<raw_client> clients;
    for (int i = 0; i < number; ++i)
        clients.emplace_back(port, 64 * 1024).offer(request_text(target_of(name)));
    outcome o;
    for (raw_client& client : clients) {
        const auto a = client.read_answer();
        if (!a || (a->status == 200 && !a->complete))
            ++o.closed;
        else if (a->status == 200)
            ++(a->body == site[name] ? o.whole : o.wrong);
        else
            ++(a->status == 503 ? o.refused : o.wrong);
        client.reset();
    }
    return o;
}

} // namespace

TEST_CASE("without memory for buffers a server refuses or closes, and recovers") {
    if (sanitized)
        return;
    test_site site;
    site.add("large.bin", 4 << 20);
    server_process server(serve(site.path(), {"--workers", "1"}));
    const std::size_t before = server.open_descriptors();
    REQUIRE(ask(server.port(), "/large.bin").complete);
    for (const rlim_t more : {rlim_t{0}, rlim_t{64} << 10, rlim_t{1} << 20, rlim_t{4} << 20}) {
        CAPTURE(more);
        outcome large, small;
        {
            const memory_limit limit(server.pid(), more);
            large = ask_at_once(server.port(), site, "large.bin", 60);
            small = ask_at_once(server.port(), site, "one.txt", 400);
        }
        CAPTURE(large.whole, large.refused, large.closed, small.whole, small.refused, small.closed);
        CHECK(large.refused + large.closed > 0); // there was really no memory
        CHECK(large.wrong == 0);
        CHECK(small.wrong == 0);
        REQUIRE(server.alive());
        CHECK((ask(server.port(), "/large.bin").body == site["large.bin"]));
        CHECK(server.back_to(before));
    }
}

} // namespace ringlet::testing
