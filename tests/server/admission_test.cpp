#include "server/admission.hpp"

#include "ringlet/limits.hpp"
#include "support/catch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <optional>
#include <thread>
#include <vector>

using namespace ringlet;

namespace {

using verdict = admission::verdict;

client_key v4(const char* text) {
    sockaddr_storage storage{};
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    REQUIRE(::inet_pton(AF_INET, text, &address.sin_addr) == 1);
    return client_of(storage);
}

client_key v6(const char* text) {
    sockaddr_storage storage{};
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    REQUIRE(::inet_pton(AF_INET6, text, &address.sin6_addr) == 1);
    return client_of(storage);
}

} // namespace

TEST_CASE("a client is an IPv4 address or a /64 of IPv6") {
    CHECK(v4("192.0.2.1") == v4("192.0.2.1"));
    CHECK(v4("192.0.2.1") != v4("192.0.2.2"));
    CHECK(v4("192.0.2.1") == v6("::ffff:192.0.2.1"));
    CHECK(v6("2001:db8::1") == v6("2001:db8::ffff:2"));
    CHECK(v6("2001:db8::1") != v6("2001:db8:0:1::1"));
    CHECK(v6("2001:db8::1") != v6("2001:db9::1"));
    CHECK(v6("2001:db8::") != v4("32.1.13.184")); // the same four bytes
    CHECK(v6("::1") != v4("0.0.0.1"));
}

TEST_CASE("as many are admitted as there may be, and again when some have left") {
    admission a(3, 3);
    std::vector<admission::ticket> in;
    for (client_key who = 0; who < 3; ++who)
        CHECK(in.emplace_back(a, who).verdict() == verdict::admitted);
    CHECK(admission::ticket(a, 7).verdict() == verdict::too_many);
    CHECK(admission::ticket(a, 0).verdict() == verdict::too_many);
    in.pop_back();
    const admission::ticket next(a, 7);
    CHECK(next.verdict() == verdict::admitted);
    CHECK(admission::ticket(a, 8).verdict() == verdict::too_many);
}

TEST_CASE("one client cannot have them all") {
    admission a(10, 2);
    std::optional<admission::ticket> first(std::in_place, a, 5);
    const admission::ticket second(a, 5);
    CHECK(second.verdict() == verdict::admitted);
    CHECK(admission::ticket(a, 5).verdict() == verdict::too_many_of_one);
    CHECK(admission::ticket(a, 6).verdict() == verdict::admitted);
    first.reset();
    CHECK(admission::ticket(a, 5).verdict() == verdict::admitted);
}

TEST_CASE("only so many are told that they are too many") {
    admission a(1, 1);
    const admission::ticket in(a, 1);
    std::vector<admission::ticket> refused;
    for (std::uint32_t n = 0; n < limits::turned_away; ++n)
        CHECK(refused.emplace_back(a, 2).verdict() == verdict::too_many);
    CHECK(admission::ticket(a, 2).verdict() == verdict::too_many_refused);
    refused.pop_back();
    CHECK(admission::ticket(a, 2).verdict() == verdict::too_many);
}

TEST_CASE("a ticket counts once, however often it is moved") {
    admission a(1, 1);
    {
        admission::ticket first(a, 1);
        const admission::ticket second(std::move(first));
        CHECK(second.verdict() == verdict::admitted);
        CHECK(admission::ticket(a, 2).verdict() == verdict::too_many);
    }
    CHECK(admission::ticket(a, 2).verdict() == verdict::admitted);
    CHECK(admission::ticket().verdict() == verdict::admitted);
}

TEST_CASE("several workers count together") {
    admission a(50, 40);
    std::vector<std::jthread> workers;
    for (client_key who = 0; who < 4; ++who)
        workers.emplace_back([&a, who] {
            for (int i = 0; i < 2'000; ++i) {
                std::vector<admission::ticket> some;
                for (int n = 0; n < 20; ++n)
                    some.emplace_back(a, who % 2);
            }
        });
    workers.clear(); // joins
    std::vector<admission::ticket> all;
    for (client_key who = 0; who < 50; ++who)
        CHECK(all.emplace_back(a, who).verdict() == verdict::admitted);
}
