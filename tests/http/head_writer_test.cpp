#include "http/head_writer.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <limits>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ringlet::http;

namespace {

std::string status_line(status s) {
    std::string out;
    head_writer(out, s).end();
    return out;
}

/// Whether writing the field in a child process ends in abort().
[[maybe_unused]] bool aborts(std::string_view name, std::string_view value) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        std::signal(SIGABRT, SIG_DFL); // not the test framework's handler
        std::string out;
        head_writer(out, status::ok).field(name, value);
        ::_exit(0);
    }
    int how = 0;
    REQUIRE(::waitpid(child, &how, 0) == child);
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT;
}

} // namespace

TEST_CASE("a head is appended line by line", "[http][head_writer]") {
    std::string out = "before ";
    head_writer head(out, status::not_found);
    head.field("Content-Type", "text/plain").field("Content-Length", 5u).field("X", "").end();
    CHECK(out == "before HTTP/1.1 404 Not Found\r\n"
                 "Content-Type: text/plain\r\n"
                 "Content-Length: 5\r\n"
                 "X: \r\n"
                 "\r\n");
}

TEST_CASE("numbers are written in decimal up to 64 bits", "[http][head_writer]") {
    std::string out;
    head_writer head(out, status::ok);
    head.field("A", std::uint64_t{0}).field("B", std::numeric_limits<std::uint64_t>::max());
    CHECK(out == "HTTP/1.1 200 OK\r\nA: 0\r\nB: 18446744073709551615\r\n");
}

TEST_CASE("the status line has code and phrase", "[http][head_writer]") {
    CHECK(status_line(status::ok) == "HTTP/1.1 200 OK\r\n\r\n");
    CHECK(status_line(status::continue_) == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(status_line(status::partial_content) == "HTTP/1.1 206 Partial Content\r\n\r\n");
    CHECK(status_line(status::http_version_not_supported) ==
          "HTTP/1.1 505 HTTP Version Not Supported\r\n\r\n");
    CHECK(status_line(static_cast<status>(299)) == "HTTP/1.1 299 \r\n\r\n");
    CHECK(status_line(static_cast<status>(418)) == "HTTP/1.1 418 \r\n\r\n");
}

TEST_CASE("a value that would end its line is told from a safe one", "[http][head_writer]") {
    CHECK(is_safe_field_value(""));
    CHECK(is_safe_field_value("a b\tc\xff"));
    CHECK_FALSE(is_safe_field_value("a\r\nSet-Cookie: x"));
    CHECK_FALSE(is_safe_field_value("a\r"));
    CHECK_FALSE(is_safe_field_value("\na"));
    CHECK_FALSE(is_safe_field_value(std::string_view("a\0", 2)));
}

#ifndef NDEBUG
TEST_CASE("writing an unsafe field aborts", "[http][head_writer]") {
    CHECK_FALSE(aborts("X", "safe"));
    CHECK(aborts("X", "a\r\nY: b"));
    CHECK(aborts("X", std::string_view("\0", 1)));
    CHECK(aborts("X\r\nY", "b"));
    CHECK(aborts("", "b"));
}
#endif
