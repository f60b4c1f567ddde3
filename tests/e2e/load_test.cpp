// Many connections at once.
#include "e2e/site.hpp"
#include "support/beast_client.hpp"
#include "support/raw_client.hpp"
#include "support/sanitized.hpp"
#include "support/server_process.hpp"

#include <atomic>

namespace ringlet::testing {
namespace {

namespace asio = boost::asio;

constexpr int connections = 64;
constexpr int requests = sanitized ? 2'000 : 10'000; // the client, too, is slower then

struct tally {
    int left = requests;
    int good = 0;
    int wrong = 0;
};

asio::awaitable<void> fetch_many(asio::io_context& ctx, std::uint16_t port, const test_site& site,
                                 tally& count) {
    static const char* const names[] = {"index.html", "one.txt",       "empty.txt",
                                        "app.js",     "edge-16-2.bin", "edge-64-2.bin"};
    beast_connection connection(ctx, port);
    co_await connection.connect();
    while (count.left > 0) {
        const std::string name = count.left % 500 == 0 ? "big.bin" : names[count.left % 6];
        --count.left;
        const std::string target = target_of(name);
        beast_request request = make_beast_request(target);
        const beast_response got = co_await connection.exchange(std::move(request));
        ++(got.result_int() == 200 && got.body() == site[name] ? count.good : count.wrong);
    }
}

} // namespace

TEST_CASE("ten thousand requests over 64 connections without an error or a lost descriptor") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    tally count;
    {
        asio::io_context ctx;
        for (int i = 0; i < connections; ++i)
            asio::co_spawn(ctx, fetch_many(ctx, server.port(), site, count),
                           [](std::exception_ptr e) {
                               if (e)
                                   std::rethrow_exception(e);
                           });
        ctx.run();
    }
    CHECK(count.good == requests);
    CHECK(count.wrong == 0);
    CHECK(server.back_to(before));
}

TEST_CASE("a thousand connections of one request each leave no descriptor") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    for (int i = 0; i < 1000; ++i) {
        const answer a = ask(server.port(), "/one.txt");
        REQUIRE((a.status == 200 && a.body == site["one.txt"]));
    }
    CHECK(server.back_to(before));
}

} // namespace ringlet::testing
