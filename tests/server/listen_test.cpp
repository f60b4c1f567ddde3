#include "server/listen.hpp"

#include "support/catch.hpp"
#include "support/sockets.hpp"

#include <stdexcept>

namespace ringlet {
namespace {

std::string refusal(std::string_view text) {
    try {
        parse_endpoint(text);
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("endpoints are read as people write them") {
    CHECK(parse_endpoint("127.0.0.1:8080").text() == "127.0.0.1:8080");
    CHECK(parse_endpoint("0.0.0.0:0").text() == "0.0.0.0:0");
    CHECK(parse_endpoint("[::1]:65535").text() == "[::1]:65535");
    CHECK(parse_endpoint("[0:0::1]:1").text() == "[::1]:1");
    CHECK(parse_endpoint(":8080").text() == "[::]:8080");
    CHECK(parse_endpoint("[::ffff:127.0.0.1]:80").text() == "[::ffff:127.0.0.1]:80");
}

TEST_CASE("a malformed endpoint is refused with what is allowed") {
    for (const char* text : {"",
                             ":",
                             "8080",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:x",
                             "127.0.0.1:80x",
                             "127.0.0.1:-1",
                             "127.0.0.1:+1",
                             "127.0.0.1:65536",
                             "127.0.0.1: 80",
                             "localhost:80",
                             "127.0.0:80",
                             "256.0.0.1:80",
                             "::1:80",
                             "[::1]",
                             "[::1:80",
                             "::1]:80",
                             "[]:80",
                             "[127.0.0.1]:80",
                             "[::1]x:80",
                             "http://a:80"}) {
        CAPTURE(text);
        const std::string why = refusal(text);
        CHECK(why.find("'" + std::string(text) + "'") != why.npos);
        CHECK(why.find("ADDRESS:PORT") != why.npos);
        CHECK(why.find('\n') == why.npos);
    }
}

TEST_CASE("an endpoint with a NUL is not taken for what stands before it") {
    using namespace std::string_view_literals;
    CHECK_THROWS_AS(parse_endpoint("127.0.0.1\0x:80"sv), std::invalid_argument);
    CHECK_THROWS_AS(parse_endpoint("[::1\0x]:80"sv), std::invalid_argument);
}

TEST_CASE("all workers listen on the same free port") {
    socket_address at = parse_endpoint("127.0.0.1:0");
    const auto sockets = listen_on(at, 3, 16);
    CHECK(sockets.size() == 3);
    const std::string text = at.text();
    CHECK(text.starts_with("127.0.0.1:"));
    CHECK(text != "127.0.0.1:0");
    for (const unique_fd& s : sockets) {
        socket_address own;
        own.length = sizeof own.address;
        REQUIRE(getsockname(s.get(), reinterpret_cast<sockaddr*>(&own.address), &own.length) == 0);
        CHECK(own.text() == text);
    }
}

TEST_CASE("a port that another server has is refused although ports are shared") {
    socket_address first = parse_endpoint("127.0.0.1:0");
    const auto sockets = listen_on(first, 2, 16);
    socket_address second = first;
    std::string why;
    try {
        listen_on(second, 2, 16);
    } catch (const std::runtime_error& e) {
        why = e.what();
    }
    CHECK(why.find(first.text()) != why.npos);
    CHECK(why.find("in use") != why.npos);
}

TEST_CASE("an address that this machine does not have is refused") {
    socket_address at = parse_endpoint("192.0.2.1:0"); // for documentation only (RFC 5737)
    std::string why;
    try {
        listen_on(at, 1, 16);
    } catch (const std::runtime_error& e) {
        why = e.what();
    }
    CHECK(why.find("192.0.2.1:0") != why.npos);
}

TEST_CASE("accepted sockets take little that they cannot send, and do not delay what they can") {
    socket_address at = parse_endpoint("127.0.0.1:0");
    const auto sockets = listen_on(at, 1, 16);
    const auto port = ntohs(reinterpret_cast<const sockaddr_in&>(at.address).sin_port);
    const unique_fd client = testing::connect_to(port);
    REQUIRE(testing::wait_for(sockets[0].get(), POLLIN));
    const unique_fd accepted(::accept(sockets[0].get(), nullptr, nullptr));
    const auto option = [&](int name) {
        int value = 0;
        socklen_t length = sizeof value;
        ::getsockopt(accepted.get(), IPPROTO_TCP, name, &value, &length);
        return value;
    };
    CHECK(option(TCP_NOTSENT_LOWAT) == 128 * 1024);
    CHECK(option(TCP_NODELAY) == 1);
}

TEST_CASE("the peer of a connection is told without its port") {
    const testing::fd_pair pair = testing::tcp_pair();
    CHECK(peer_address(pair.ours.get()) == "127.0.0.1");
    CHECK(peer_address(-1) == "-");
    const testing::fd_pair local = testing::stream_pair();
    CHECK(peer_address(local.ours.get()) == "-");
}

} // namespace ringlet
