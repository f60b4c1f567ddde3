// usage: hold PORT REQUESTS
// Asks for /hold that many times at once, each over a connection of its own, and compares the time
// until the last answer with the longest that any of them says it was held.
#include "support/beast_client.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace {

using namespace ringlet::testing;
using milliseconds = std::chrono::duration<double, std::milli>;

int held_ms(const std::string& text) {
    const std::string before = "held for ";
    if (!text.starts_with(before))
        throw std::runtime_error("an answer that is none: " + text);
    return std::stoi(text.substr(before.size()));
}

boost::asio::awaitable<void> ask(boost::asio::io_context& ctx, std::uint16_t port,
                                 std::vector<int>& held) {
    beast_connection connection(ctx, port);
    co_await connection.connect();
    const beast_request question = make_beast_request("/hold");
    const beast_response said = co_await connection.exchange(question);
    held.push_back(held_ms(said.body()));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3)
        return 2;
    const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    const int requests = std::atoi(argv[2]);
    constexpr double allowed_ms = 200;

    boost::asio::io_context ctx(1);
    std::vector<int> held;
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < requests; ++i)
        boost::asio::co_spawn(ctx, ask(ctx, port, held), [](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
        });
    ctx.run();
    const milliseconds took = std::chrono::steady_clock::now() - began;
    const int slowest = *std::ranges::max_element(held);
    const double more = took.count() - slowest;
    std::printf("%zu requests at once: %.0f ms; the slowest was held for %d ms, so %.0f ms more\n",
                held.size(), took.count(), slowest, more);
    return more <= allowed_ms ? 0 : 1;
}
