#include "io/file_state.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <array>

using namespace ringlet;
using namespace ringlet::testing;

namespace {

namespace fs = std::filesystem;

// An open file that was written yesterday.
struct yesterdays_file {
    yesterdays_file() {
        folder.write("file", "content");
        fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24));
        fd = unique_fd(checked(open(path.c_str(), O_RDWR | O_CLOEXEC), "open"));
        struct stat s {};
        checked(::fstat(fd.get(), &s), "fstat");
        state = io::state_of(s);
    }
    bool is_still() const { return io::is_still(state, fd.get()); }

    temporary_folder folder;
    fs::path path = folder.path() / "file";
    unique_fd fd;
    io::file_state state;
};

} // namespace

TEST_CASE("a file that is written to, or has another size or time, is not what it was") {
    yesterdays_file written;
    CHECK(written.is_still());
    checked(static_cast<int>(::pwrite(written.fd.get(), "c", 1, 0)), "pwrite");
    CHECK_FALSE(written.is_still());
    const yesterdays_file appended;
    std::ofstream(appended.path, std::ios::app) << "more";
    CHECK_FALSE(appended.is_still());
    const yesterdays_file truncated;
    fs::resize_file(truncated.path, 3);
    CHECK_FALSE(truncated.is_still());
    const yesterdays_file later;
    struct stat s {};
    checked(::fstat(later.fd.get(), &s), "fstat");
    const std::array times{s.st_atim, timespec{s.st_mtim.tv_sec + 1, s.st_mtim.tv_nsec}};
    checked(::futimens(later.fd.get(), times.data()), "futimens");
    CHECK_FALSE(later.is_still());
}

TEST_CASE("a file that is read, renamed, linked, replaced or removed is still what it was") {
    const yesterdays_file file;
    char byte = 0;
    CHECK(::pread(file.fd.get(), &byte, 1, 0) == 1);
    fs::permissions(file.path, fs::perms::owner_read);
    fs::create_hard_link(file.path, file.folder.path() / "second");
    fs::rename(file.path, file.folder.path() / "third");
    CHECK(file.is_still());
    file.folder.write("file", "another content");
    fs::rename(file.path, file.folder.path() / "third");
    fs::remove(file.folder.path() / "second");
    CHECK(file.is_still());
}

TEST_CASE("a time beyond what nanoseconds can say is the last that they can") {
    struct stat s {};
    s.st_size = 5;
    s.st_mtim = {1, 2};
    CHECK(io::state_of(s) == io::file_state{5, 1'000'000'002});
    s.st_mtim = {100'000'000'000, 0};
    CHECK(io::state_of(s).mtime_ns == 9'200'000'000'000'000'000);
}
