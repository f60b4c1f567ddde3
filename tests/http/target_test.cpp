#include "http/target.hpp"

#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <arpa/inet.h>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::http;
using namespace std::string_literals;

namespace {

/// The decoded path, or "refused" or "unknown", which cannot be one.
std::string decoded(std::string_view raw) {
    const testing::guarded_bytes guarded(raw);
    std::string out = "left over";
    const status known = decode_path(guarded.view(), out);
    return known == status::ok ? out : known == status::not_found ? "unknown" : "refused";
}

std::string encoded(std::string_view path) {
    std::string out = "left over";
    encode_path(path, out);
    return out;
}

} // namespace

TEST_CASE("origin-form is split at the first question mark", "[http][target]") {
    const auto t = split_target("/a/b%20?x=1?y", verb::get);
    REQUIRE(t);
    CHECK(t->path == "/a/b%20");
    CHECK(t->query == "x=1?y");
    CHECK(t->has_query);
    CHECK(t->authority.empty());
    CHECK_FALSE(t->asterisk);

    CHECK_FALSE(split_target("/a", verb::get)->has_query);
    const auto empty = split_target("/a?", verb::get);
    CHECK(empty->has_query);
    CHECK(empty->query.empty());
    CHECK(split_target("//evil.example/a", verb::get)->path == "//evil.example/a");
    CHECK(split_target("//evil.example/a", verb::get)->authority.empty());
}

TEST_CASE("absolute-form has an authority, and the path / when it names none", "[http][target]") {
    const auto t = split_target("http://h:80/a?q", verb::get);
    REQUIRE(t);
    CHECK(t->authority == "h:80");
    CHECK(t->path == "/a");
    CHECK(t->query == "q");

    CHECK(split_target("http://h", verb::get)->path == "/");
    const auto query = split_target("HTTPS://h?q=/", verb::get);
    REQUIRE(query);
    CHECK(query->authority == "h");
    CHECK(query->path == "/");
    CHECK(query->query == "q=/");
}

TEST_CASE("asterisk-form is for OPTIONS, authority-form for CONNECT", "[http][target]") {
    const auto all = split_target("*", verb::options);
    REQUIRE(all);
    CHECK(all->asterisk);
    CHECK(all->path.empty());
    CHECK_FALSE(split_target("*", verb::get));

    const auto tunnel = split_target("[::1]:443", verb::connect);
    REQUIRE(tunnel);
    CHECK(tunnel->authority == "[::1]:443");
    CHECK(tunnel->path.empty());
    CHECK_FALSE(split_target("h:443", verb::get));
    for (const char* target : {"/", "h", "h:", ":443", "[::1]", "[::1]:", "http://h/", "*", ""})
        CHECK_FALSE(split_target(target, verb::connect));
    for (const char* target : {"", "a", "ftp://h/", "http:/h", "http://", "http://u@h/"})
        CHECK_FALSE(split_target(target, verb::get));
}

TEST_CASE("an authority is read without going past its end", "[http][target]") {
    const std::string_view text = "[::ffff:1.2.3.4]:65535";
    for (std::size_t n = 0; n < text.size(); ++n) {
        const testing::guarded_bytes guarded(text.substr(0, n));
        CHECK(is_authority(guarded.view()) == (n >= text.find(']') + 1));
    }
    CHECK(is_authority(text));
    for (const char* bad : {"h%", "h%4", "[", "h:65536", "h:+1", "h: 1"}) {
        const testing::guarded_bytes guarded(bad);
        CHECK_FALSE(is_authority(guarded.view()));
    }
    CHECK_FALSE(is_authority("["s + std::string(100, ':') + "]"));
    CHECK_FALSE(is_authority(std::string_view("h\0", 2)));
    CHECK_FALSE(is_authority(std::string_view("[::1\0]", 6)));
}

TEST_CASE("a path is percent-decoded once", "[http][target]") {
    CHECK(decoded("/") == "/");
    CHECK(decoded("/a%20b") == "/a b");
    CHECK(decoded("/%41%c3%A9") == "/A\xc3\xa9");
    CHECK(decoded("/%2541") == "/%41");
    CHECK(decoded("/%252f") == "/%2f");
    CHECK(decoded("/a+b") == "/a+b");
    CHECK(decoded("/a\\b%5cc") == "/a\\b\\c");
    CHECK(decoded("/%0a%7f") == "/\n\x7f");
}

TEST_CASE("a slash that is escaped is part of no name", "[http][target]") {
    for (const char* raw : {"/%2f", "/%2F", "/a%2fb", "/..%2f", "/a/%2f/c"})
        CHECK(decoded(raw) == "unknown");
}

TEST_CASE("escapes that are malformed or of a zero are refused", "[http][target]") {
    for (const char* raw : {"/%", "/%4", "/%zz", "/%4g", "/%g4", "/% 41", "/%+1", "/a%", "/%00",
                            "/a%00.html", "/%00%2f", "", "a", "*"})
        CHECK(decoded(raw) == "refused");
    CHECK(decoded(std::string_view("/a\0b", 4)) == "refused");
}

TEST_CASE("dot segments are removed however they are written", "[http][target]") {
    CHECK(decoded("/a/./b") == "/a/b");
    CHECK(decoded("/a/../b") == "/b");
    CHECK(decoded("/a/b/../../c") == "/c");
    CHECK(decoded("/a/%2e%2E/b") == "/b");
    CHECK(decoded("/a/.%2e/b/%2e") == "/b/");
    CHECK(decoded("/.") == "/");
    CHECK(decoded("/a/.") == "/a/");
    CHECK(decoded("/a/..") == "/");
    CHECK(decoded("/a/b/..") == "/a/");
    CHECK(decoded("/a/b/../") == "/a/");
    CHECK(decoded("/.../..a/a..") == "/.../..a/a..");
    CHECK(decoded("/.a") == "/.a");
}

TEST_CASE("a path that climbs above the root is refused", "[http][target]") {
    for (const char* raw : {"/..", "/../", "/../a", "/a/../..", "/a/../../b", "/./..", "//..",
                            "/%2e%2e/etc/passwd", "/a/..//..", "/../a/b"})
        CHECK(decoded(raw) == "refused");
}

TEST_CASE("slashes are collapsed and a trailing one is kept", "[http][target]") {
    CHECK(decoded("//") == "/");
    CHECK(decoded("//a///b") == "/a/b");
    CHECK(decoded("/a/") == "/a/");
    CHECK(decoded("/a//") == "/a/");
    CHECK(decoded("/a") == "/a");
    CHECK(decoded("/a//../b") == "/b");
}

TEST_CASE("dotfiles are hidden, .well-known is not", "[http][target]") {
    for (const char* path : {"/.git", "/.git/config", "/a/.env", "/a/.b/c", "/.well-known/.x",
                             "/a/.well-known/b", "/.well-knownx", "/.well-known.bak", "/.", "/..."})
        CHECK(is_hidden(path));
    for (const char* path : {"/", "/a", "/a.b/c.", "/a/b..", "/.well-known", "/.well-known/",
                             "/.well-known/acme-challenge/x.y"})
        CHECK_FALSE(is_hidden(path));
}

TEST_CASE("a path is encoded for Location", "[http][target]") {
    CHECK(encoded("/a/b-._~!$&'()*+,;=:@/") == "/a/b-._~!$&'()*+,;=:@/");
    CHECK(encoded("/AZaz09") == "/AZaz09");
    CHECK(encoded("/a b?#%\"<>[]\\^`{|}") == "/a%20b%3F%23%25%22%3C%3E%5B%5D%5C%5E%60%7B%7C%7D");
    CHECK(encoded("/\xc3\xa9\r\n\x7f") == "/%C3%A9%0D%0A%7F");
    CHECK(encoded(std::string_view("/\0", 2)) == "/%00");
}

TEST_CASE("an encoded path never names another host", "[http][target]") {
    CHECK(encoded("//evil.example/") == "/evil.example/");
    CHECK(encoded("///evil.example") == "/evil.example");
    CHECK(encoded("/\\evil.example") == "/%5Cevil.example");
    CHECK(encoded("//") == "/");
    CHECK(encoded("") == "/");
    CHECK(encoded("a") == "/a");
}

TEST_CASE("decoding undoes encoding", "[http][target]") {
    std::string all = "/";
    for (int byte = 1; byte < 256; ++byte)
        if (byte != '/')
            all += static_cast<char>(byte);
    CHECK(decoded(encoded(all)) == all);
}

TEST_CASE("IPv4 addresses are those that the system takes") {
    const std::vector<std::string> parts{"",   "0",  "1",   "9",   "00",  "01",
                                         "10", "99", "100", "255", "256", "1000"};
    const auto check = [](const std::string& address) {
        in_addr out;
        INFO(address);
        CHECK(is_authority(address) == (::inet_pton(AF_INET, address.c_str(), &out) == 1));
    };
    for (const std::string& a : parts)
        for (const std::string& b : parts)
            for (const std::string& c : parts)
                check("1." + a + "." + b + "." + c + "0");
    for (const char* odd : {"1 ", " 1", "+1", "-1", "0x1"})
        check("1." + std::string(odd) + ".1.1");
    for (const char* other : {"1", "1.2.3", "1.2.3.4.5", "1.2.3.4.", "1..2.3", "1.2.3.4444"})
        if (std::string_view(other).back() != '.')
            check(other);
}
