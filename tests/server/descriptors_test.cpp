#include "server/descriptors.hpp"

#include "support/catch.hpp"

using namespace ringlet;

namespace {

// As a server that opens its sockets itself.
std::uint64_t with(std::uint64_t workers, std::uint64_t addresses) {
    return own_descriptors(workers, addresses, workers * addresses, 1);
}

} // namespace

TEST_CASE("the server's own descriptors grow with its workers, addresses and folders") {
    CHECK(with(1, 1) == 26);
    CHECK(with(2, 1) - with(1, 1) == 9); // 5 that it has always, 2 at times, 2 for its socket
    CHECK(with(2, 2) - with(2, 1) == 4); // sockets, and their duplicates
    CHECK(with(64, 1) - with(63, 1) == 9);
    CHECK(own_descriptors(2, 1, 2, 5) - own_descriptors(2, 1, 2, 1) == 4);
}

TEST_CASE("sockets that were passed have a duplicate for each worker, or each one") {
    const std::uint64_t of_others = own_descriptors(4, 0, 0, 1);
    CHECK(own_descriptors(4, 1, 1, 1) == of_others + 1 + 4);
    CHECK(own_descriptors(4, 1, 4, 1) == of_others + 4 + 4);
    CHECK(own_descriptors(4, 1, 16, 1) == of_others + 16 + 16);
}
