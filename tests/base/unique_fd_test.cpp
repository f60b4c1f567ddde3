#include "base/unique_fd.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <type_traits>

using ringlet::unique_fd;

static_assert(!std::is_copy_constructible_v<unique_fd>);
static_assert(std::is_nothrow_move_constructible_v<unique_fd>);

namespace {

int some_fd() {
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool is_open(int fd) {
    return fcntl(fd, F_GETFD) != -1;
}

} // namespace

TEST_CASE("a unique_fd without a descriptor is false") {
    const unique_fd none;
    CHECK_FALSE(none);
    CHECK(none.get() == -1);
}

TEST_CASE("descriptor 0 is a descriptor") {
    unique_fd zero(0);
    CHECK(zero);
    CHECK(zero.release() == 0);
    CHECK_FALSE(zero);
}

TEST_CASE("a unique_fd closes what it holds") {
    int raw = -1;
    {
        const unique_fd fd(some_fd());
        raw = fd.get();
        CHECK(is_open(raw));
    }
    CHECK_FALSE(is_open(raw));
}

TEST_CASE("reset closes the old descriptor and takes the new one") {
    unique_fd fd(some_fd());
    const int first = fd.get();
    const int second = some_fd();
    fd.reset(second);
    CHECK_FALSE(is_open(first));
    CHECK(fd.get() == second);
    fd.reset();
    CHECK_FALSE(is_open(second));
    CHECK_FALSE(fd);
}

TEST_CASE("moving a unique_fd moves the duty to close") {
    unique_fd a(some_fd());
    const int raw = a.get();
    unique_fd b(std::move(a));
    CHECK_FALSE(a);
    CHECK(b.get() == raw);
    unique_fd c(some_fd());
    const int old = c.get();
    c = std::move(b);
    CHECK_FALSE(is_open(old));
    CHECK(c.get() == raw);
    CHECK(is_open(raw));
}

TEST_CASE("a released descriptor stays open") {
    int raw = -1;
    {
        unique_fd fd(some_fd());
        raw = fd.release();
    }
    CHECK(is_open(raw));
    close(raw);
}
