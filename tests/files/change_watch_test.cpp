#include "files/change_watch.hpp"

#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <new>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace ringlet::files {
namespace {

namespace fs = std::filesystem;
using outcome = change_watch::outcome;

std::size_t kernel_watches() {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/proc/self/fdinfo")) {
        std::ifstream info(entry.path());
        for (std::string line; std::getline(info, line);)
            count += line.starts_with("inotify wd:") ? 1 : 0;
    }
    return count;
}

/// A folder with some in it, and what a watch tells of it. Places are told without the root.
struct watched_folder final : change_watch::listener {
    watched_folder() {
        fs::create_directories(root.path() / "a/b");
        for (const char* name : {"x", "a/x", "a/b/x"})
            root.write(name, "old");
    }

    outcome watch(std::string_view path) { return watch_in.watch(root.fd(), path); }

    /// What has changed since the last time, each once.
    std::vector<std::string> look() {
        told.clear();
        watch_in.look(*this);
        std::ranges::sort(told);
        told.erase(std::unique(told.begin(), told.end()), told.end());
        return told;
    }
    bool tells_of(const std::string& place) {
        const auto all = look();
        return std::ranges::find(all, place) != all.end();
    }

    void rename(const char* from, const char* to) const {
        fs::rename(root.path() / from, root.path() / to);
    }

    void file_changed(std::string_view place) override { note(place); }
    void folder_changed(std::string_view place) override { note(place); }
    void all_changed() override { told.emplace_back("all"); }
    void note(std::string_view place) {
        const std::string prefix = std::to_string(root.fd());
        told.emplace_back(place.starts_with(prefix + '/') ? place.substr(prefix.size()) : place);
    }

    testing::temporary_folder root;
    change_watch watch_in;
    std::vector<std::string> told;
};

using places = std::vector<std::string>;

} // namespace

TEST_CASE("a folder is watched from when it was asked for first") {
    watched_folder f;
    CHECK(f.watch("/x") == outcome::from_now_on);
    CHECK(f.watch("/x") == outcome::since_before);
    CHECK(f.watch("/y") == outcome::since_before);
    CHECK(f.watch("/a/b/x") == outcome::from_now_on);
    CHECK(f.watch("/a/x") == outcome::since_before); // on the way
    CHECK(f.watch("/a/") == outcome::since_before);
    CHECK(f.look().empty());
}

TEST_CASE("what is not there, or no folder, is not watched") {
    watched_folder f;
    CHECK(f.watch("/missing/x") == outcome::not_there);
    CHECK(f.watch("/x/y") == outcome::not_there);
    CHECK(f.watch("/missing") == outcome::since_before); // its folder is there
}

TEST_CASE("each way to change a file is noticed before the next look") {
    watched_folder f;
    f.watch("/a/x");
    const fs::path x = f.root.path() / "a/x";
    SECTION("written in place") {
        f.root.write("a/x", "new");
    }
    SECTION("truncated") {
        fs::resize_file(x, 1);
    }
    SECTION("replaced by rename") {
        f.root.write("next", "new");
        f.rename("next", "a/x");
    }
    SECTION("renamed") {
        f.rename("a/x", "a/y");
    }
    SECTION("removed") {
        fs::remove(x);
    }
    SECTION("its permissions") {
        fs::permissions(x, fs::perms::none);
    }
    SECTION("its times") {
        fs::last_write_time(x, fs::file_time_type::clock::now());
    }
    SECTION("removed and created anew") {
        fs::remove(x);
        f.root.write("a/x", "new");
    }
    CHECK(f.tells_of("/a/x"));
    CHECK(f.look().empty());
}

TEST_CASE("a new file is noticed, by each way to come into being") {
    watched_folder f;
    f.watch("/a/new");
    SECTION("created") {
        f.root.write("a/new", "");
    }
    SECTION("moved from elsewhere") {
        f.rename("x", "a/new");
    }
    SECTION("linked") {
        fs::create_hard_link(f.root.path() / "x", f.root.path() / "a/new");
    }
    SECTION("a symbolic link") {
        f.root.link("x", "a/new");
    }
    SECTION("a folder") {
        fs::create_directory(f.root.path() / "a/new");
    }
    CHECK(f.tells_of("/a/new"));
}

TEST_CASE("what was read is not a change") {
    watched_folder f;
    f.watch("/a/x");
    std::string text;
    std::ifstream(f.root.path() / "a/x") >> text;
    CHECK(text == "old");
    CHECK(f.look().empty());
}

TEST_CASE("a folder that is renamed is told with all that is in it, and is watched anew") {
    watched_folder f;
    f.watch("/a/b/x");
    f.rename("a", "c");
    CHECK(f.tells_of("/a/"));
    CHECK(f.watch("/a/b/x") == outcome::not_there);
    fs::create_directories(f.root.path() / "a/b");
    CHECK(f.watch("/a/b/x") == outcome::from_now_on);
    f.look();
    f.root.write("c/b/x", "elsewhere"); // what was watched once
    CHECK_FALSE(f.tells_of("/a/b/x"));
    f.root.write("a/b/x", "new");
    CHECK(f.tells_of("/a/b/x"));
    f.watch("/c/b/x");
    f.root.write("c/b/x", "again");
    CHECK(f.look() == places{"/c/b/x"});
}

TEST_CASE("two folders that change places are both told") {
    watched_folder f;
    fs::create_directory(f.root.path() / "c");
    f.watch("/a/b/x");
    f.watch("/c/x");
    const std::string a = f.root.path() / "a", c = f.root.path() / "c";
    testing::checked(static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD,
                                                c.c_str(), RENAME_EXCHANGE)),
                     "renameat2");
    const auto all = f.look();
    CHECK(std::ranges::count(all, "/a/") == 1);
    CHECK(std::ranges::count(all, "/c/") == 1);
    CHECK(f.watch("/c/b/x") == outcome::from_now_on);
    f.look();
    f.root.write("c/b/x", "new");
    CHECK(f.look() == places{"/c/b/x"});
}

TEST_CASE("a folder that is removed and created anew is watched anew") {
    watched_folder f;
    f.watch("/a/b/x");
    fs::remove_all(f.root.path() / "a");
    fs::create_directories(f.root.path() / "a/b");
    CHECK(f.tells_of("/a/b/"));
    CHECK(f.watch("/a/b/x") == outcome::from_now_on);
    f.look();
    f.root.write("a/b/x", "new");
    CHECK(f.look() == places{"/a/b/x"});
}

TEST_CASE("a folder that another one was renamed over is watched no more, though it is held open") {
    watched_folder f;
    fs::create_directory(f.root.path() / "empty");
    f.watch("/empty/x");
    const unique_fd held(testing::checked(
        ::open((f.root.path() / "empty").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open"));
    f.rename("a", "empty");
    CHECK(f.tells_of("/empty/"));
    CHECK(f.watch("/empty/x") == outcome::from_now_on);
    f.look();
    f.root.write("empty/x", "new");
    CHECK(f.look() == places{"/empty/x"});
}

TEST_CASE("the permissions of a folder count for all that is in it") {
    watched_folder f;
    f.watch("/a/b/x");
    fs::permissions(f.root.path() / "a", fs::perms::owner_all | fs::perms::group_read);
    CHECK(f.tells_of("/a/"));
    CHECK(f.watch("/a/b/x") == outcome::since_before);
    f.root.write("a/b/x", "new");
    CHECK(f.tells_of("/a/b/x"));
}

TEST_CASE("one folder beneath two roots is told beneath both") {
    watched_folder f;
    const unique_fd inner(testing::checked(
        ::open((f.root.path() / "a").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "open"));
    f.watch("/a/x");
    CHECK(f.watch_in.watch(inner.get(), "/x") == outcome::from_now_on);
    const std::string beneath_inner = place_of(inner.get(), "/x");
    f.root.write("a/x", "new");
    const auto all = f.look();
    CHECK(all.size() == 2);
    CHECK(std::ranges::count(all, "/a/x") == 1);
    CHECK(std::ranges::count(all, beneath_inner) == 1);

    f.rename("a", "c"); // the other root is the folder, whatever it is called
    CHECK(f.tells_of("/a/"));
    CHECK(f.watch_in.watch(inner.get(), "/x") == outcome::since_before);
    f.root.write("c/x", "newer");
    CHECK(f.look() == places{beneath_inner});
}

TEST_CASE("a way through a symbolic link is not watched") {
    watched_folder f;
    f.root.link("a", "link");
    CHECK(f.watch("/link/x") == outcome::not_there);
    CHECK(f.watch("/link/b/x") == outcome::not_there);
}

TEST_CASE("nothing outside the root is watched") {
    watched_folder f;
    CHECK(f.watch("/../x") == outcome::not_there);
}

TEST_CASE("a file system that others change as well is not watched") {
    change_watch watch;
    const unique_fd proc(
        testing::checked(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "open"));
    CHECK(watch.watch(proc.get(), "/version") == outcome::not_at_all);
}

TEST_CASE("what is forgotten is watched anew when it is asked for") {
    watched_folder f;
    f.watch("/a/x");
    f.root.write("a/x", "new");
    f.watch_in.clear();
    CHECK(f.look().empty());
    CHECK(f.watch("/a/x") == outcome::from_now_on);
    f.root.write("a/x", "newer");
    CHECK(f.look() == places{"/a/x"});
}

TEST_CASE("folders that go leave no watch in the kernel") {
    watched_folder f;
    const testing::temporary_folder elsewhere;
    f.watch("/a/b/x");
    const std::size_t before = kernel_watches();
    for (int i = 0; i < 3; ++i) { // as a site is deployed, and the old one kept
        fs::rename(f.root.path() / "a", elsewhere.path() / std::to_string(i));
        fs::create_directories(f.root.path() / "a/b");
        f.look();
        CHECK(f.watch("/a/b/x") == outcome::from_now_on);
        CHECK(kernel_watches() == before);
    }
    f.watch_in.clear();
    CHECK(kernel_watches() == 0);
}

TEST_CASE("changes beyond what the kernel remembers count as changes of all") {
    std::size_t most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    if (most == 0 || most > 50'000) {
        WARN("not tried: the queue is too long");
        return;
    }
    watched_folder f;
    f.watch("/a/x");
    f.watch("/x");
    const std::string x = f.root.path() / "x", y = f.root.path() / "a/x";
    for (std::size_t i = 0; i <= most / 2; ++i) { // two in turn, for equal ones count once
        ::chmod(x.c_str(), 0600);
        ::chmod(y.c_str(), 0600);
    }
    CHECK(f.tells_of("all"));
    CHECK(f.look().empty());
    CHECK(f.watch("/a/x") == outcome::from_now_on);
    f.root.write("a/x", "new");
    CHECK(f.look() == places{"/a/x"});
}

TEST_CASE("changes that cannot be told one by one count as changes of all") {
    struct starved final : change_watch::listener {
        void file_changed(std::string_view) override { throw std::bad_alloc(); }
        void folder_changed(std::string_view) override { throw std::bad_alloc(); }
        void all_changed() override { ++all; }
        int all = 0;
    } listener;
    watched_folder f;
    f.watch("/a/x");
    f.root.write("a/x", "new");
    f.watch_in.look(listener);
    CHECK(listener.all == 1);
    CHECK(f.watch("/a/x") == outcome::from_now_on);
}

TEST_CASE("looking comes to an end though there is something new each time") {
    struct restless final : change_watch::listener {
        void file_changed(std::string_view) override {
            REQUIRE(++told < 1000);
            for (const fs::path& path : paths) // in turn, for equal ones count once
                ::chmod(path.c_str(), 0600);
        }
        void folder_changed(std::string_view) override {}
        void all_changed() override {}
        std::vector<fs::path> paths;
        int told = 0;
    } listener;
    watched_folder f;
    f.watch("/a/x");
    listener.paths = {f.root.path() / "x", f.root.path() / "a/x"};
    f.root.write("a/x", "new");
    f.watch_in.look(listener);
    CHECK(listener.told > 0);
}

} // namespace ringlet::files
