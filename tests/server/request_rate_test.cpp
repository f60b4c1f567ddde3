#include "server/request_rate.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace ringlet;
using namespace std::chrono_literals;

namespace {

constexpr io::clock::time_point start{1000h};

unsigned taken(request_rate& r, client_key who, io::clock::time_point now, unsigned tries) {
    unsigned got = 0;
    for (unsigned i = 0; i < tries; ++i)
        got += r.take(who, now) == 0 ? 1 : 0;
    return got;
}

} // namespace

TEST_CASE("a client has a burst at once, and then its rate") {
    request_rate r(10, 20);
    CHECK(taken(r, 1, start, 100) == 20);
    CHECK(taken(r, 1, start + 99ms, 100) == 0);
    CHECK(taken(r, 1, start + 100ms, 100) == 1);
    CHECK(taken(r, 1, start + 1s, 100) == 9);
    CHECK(taken(r, 1, start + 10s, 100) == 20); // no more than a burst, however long it waits
}

TEST_CASE("each client has a bucket of its own") {
    request_rate r(1, 1);
    CHECK(taken(r, 1, start, 5) == 1);
    CHECK(taken(r, 2, start, 5) == 1);
    CHECK(taken(r, 0, start, 5) == 1); // whoever has no address
    CHECK(taken(r, 1, start + 1s, 5) == 1);
}

TEST_CASE("who is refused is told the whole seconds until the next token") {
    request_rate one(1, 2);
    CHECK(taken(one, 1, start, 5) == 2);
    CHECK(one.take(1, start) == 1);
    CHECK(one.take(1, start + 900ms) == 1);
    CHECK(one.take(1, start + 1s) == 0);
    request_rate many(1000, 1);
    CHECK(many.take(1, start) == 0);
    CHECK(many.take(1, start) == 1); // not 0
}

TEST_CASE("a clock that is behind another worker's takes nothing away") {
    request_rate r(10, 1);
    CHECK(r.take(1, start + 1s) == 0);
    CHECK(r.take(1, start) == 2); // 1.1 s
    CHECK(r.take(1, start + 1100ms) == 0);
}

TEST_CASE("more clients than can be remembered: nobody new is refused, who asks most is kept") {
    request_rate r(1, 100);
    CHECK(taken(r, 7, start, 200) == 100);
    for (client_key who = 1'000; who < 1'000 + 4 * request_rate::clients_most; ++who)
        if (r.take(who, start) != 0)
            FAIL("refused " << who);
    CHECK(r.take(7, start) == 1);
}

TEST_CASE("workers take from the same buckets") {
    request_rate r(1, 1'000);
    std::atomic<unsigned> all = 0;
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i)
        workers.emplace_back([&] { all += taken(r, 3, start, 1'000); });
    workers.clear(); // joins
    CHECK(all == 1'000);
}
