#include "server/listening.hpp"

#include "support/catch.hpp"
#include "support/sockets.hpp"

#include <set>
#include <sys/stat.h>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

ino_t socket_behind(const unique_fd& fd) {
    struct stat s;
    checked(::fstat(fd.get(), &s), "fstat");
    return s.st_ino;
}

} // namespace

TEST_CASE("every socket has a worker, and every worker accepts at every address") {
    for (const unsigned workers : {1U, 2U, 3U, 7U}) {
        listening one, other;
        std::vector<socket_address> at{parse_endpoint("127.0.0.1:0")};
        std::vector<unique_fd> fds = listen_on(at.front(), 3, 10); // three of one address
        fds.push_back(std::move(one.fd));
        fds.push_back(std::move(other.fd));
        const listening_sockets sockets = adopt_sockets(std::move(fds));
        CHECK(sockets.at.size() == 3);
        const auto shares = share_out(sockets, workers);
        CHECK(shares.size() == workers);
        std::set<ino_t> used;
        for (const auto& share : shares) {
            std::set<std::string> addresses;
            for (const unique_fd& fd : share) {
                used.insert(socket_behind(fd));
                socket_address own;
                own.length = sizeof own.address;
                ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own.address), &own.length);
                addresses.insert(own.text());
            }
            CHECK(addresses.size() == 3);
        }
        CHECK(used.size() == 5);
    }
}

TEST_CASE("as many workers as there were get the sockets that they had") {
    const listening_sockets opened = open_sockets({parse_endpoint("127.0.0.1:0")}, 4, 10);
    const auto shares = share_out(opened, 4);
    for (std::size_t i = 0; i < 4; ++i) {
        REQUIRE(shares[i].size() == 1);
        CHECK(socket_behind(shares[i].front()) == socket_behind(opened.fds[i]));
    }
}
