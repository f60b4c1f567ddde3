#include "files/resolve.hpp"

#include "support/catch.hpp"
#include "support/io_run.hpp"
#include "support/temporary_folder.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace ringlet::files {
namespace {

using http::coding;

// resolve() on a ring, run to its end.
struct resolver {
    resolver() : ctx(testing::make_backend()) {
        namespace fs = std::filesystem;
        fs::create_directories(root() / "dir");
        fs::create_directories(root() / "empty");
        fs::create_directories(root() / "confused" / "index.html");
        for (const char* name : {"index.html", "dir/index.html", "dir/a b.txt", "app.js",
                                 "app.js.br", "app.js.gz", "dir/index.html.gz"})
            outside.write(std::string("root/") + name, name);
        outside.write("secret", "secret");
    }
    std::filesystem::path root() const { return outside.path() / "root"; }

    resolution operator()(std::string path, http::coding_list accepted = {},
                          symlinks links = symlinks::inside) {
        const unique_fd folder(
            testing::checked(open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open"));
        resolution found;
        testing::run(ctx, ask({folder.get(), path, true, links}, accepted, found));
        return found;
    }
    http::status status(const std::string& path, symlinks links = symlinks::inside) {
        return (*this)(path, {}, links).status;
    }

    testing::temporary_folder outside;
    io::context ctx;

  private:
    boost::asio::awaitable<void> ask(location where, http::coding_list accepted,
                                     resolution& found) {
        found = co_await resolve(ctx, where, accepted);
    }
};

std::string content_of(const resolution& r) {
    std::string text(r.file.size, '\0');
    const ssize_t n = ::pread(r.file.fd.get(), text.data(), text.size() + 1, 0);
    return n == static_cast<ssize_t>(text.size()) ? text : "";
}

} // namespace

TEST_CASE("a file is found with its size and time and inode") {
    resolver resolved;
    const resolution r = resolved("/dir/a b.txt");
    CHECK(r.status == http::status::ok);
    CHECK(r.coding == coding::identity);
    CHECK(content_of(r) == "dir/a b.txt");
    struct stat s;
    REQUIRE(::stat((resolved.root() / "dir/a b.txt").c_str(), &s) == 0);
    CHECK(r.file.size == static_cast<std::uint64_t>(s.st_size));
    CHECK(r.file.inode == s.st_ino);
    CHECK(r.file.mtime_ns == std::int64_t{s.st_mtim.tv_sec} * 1'000'000'000 + s.st_mtim.tv_nsec);
}

TEST_CASE("a final slash stands for the index file") {
    resolver resolved;
    CHECK(content_of(resolved("/")) == "index.html");
    CHECK(content_of(resolved("/dir/")) == "dir/index.html");
    CHECK(resolved.status("/empty/") == http::status::not_found);
    CHECK(resolved.status("/index.html/") == http::status::not_found);
}

TEST_CASE("a folder without its slash is a redirect") {
    resolver resolved;
    CHECK(resolved.status("/dir") == http::status::permanent_redirect);
    CHECK(resolved.status("/empty") == http::status::permanent_redirect);
    CHECK(resolved.status("/confused/") ==
          http::status::permanent_redirect); // for the caller to judge
}

TEST_CASE("what is not there is not found") {
    resolver resolved;
    for (const std::string& path :
         {std::string("/missing"), std::string("/index.html/x"), std::string("/dir/missing"),
          '/' + std::string(300, 'a'), '/' + std::string(5000, 'a')}) {
        CAPTURE(path);
        CHECK(resolved.status(path) == http::status::not_found);
    }
}

TEST_CASE("a symbolic link is followed within the root and never out of it") {
    resolver resolved;
    const auto link = [&](const char* to, const char* name) {
        std::filesystem::create_symlink(to, resolved.root() / name);
    };
    link("dir/a b.txt", "inside");
    link("dir", "folder");
    link("../secret", "outside");
    link("/etc/passwd", "absolute");
    link("..", "up");
    link("loop", "loop");
    link("missing", "dangling");
    CHECK(content_of(resolved("/inside")) == "dir/a b.txt");
    CHECK(content_of(resolved("/folder/")) == "dir/index.html");
    CHECK(resolved.status("/folder") == http::status::permanent_redirect);
    for (const char* path :
         {"/outside", "/absolute", "/up/secret", "/up", "/up/", "/loop", "/dangling"}) {
        CAPTURE(path);
        CHECK(resolved.status(path) == http::status::not_found);
    }
    // And the second lock holds when the first would fail.
    CHECK(resolved.status("/../secret") == http::status::not_found);
    CHECK(resolved.status("//etc/passwd") == http::status::not_found);
}

TEST_CASE("symbolic links lead out of the root for those who want it") {
    resolver resolved;
    std::filesystem::create_symlink("../secret", resolved.root() / "outside");
    std::filesystem::create_symlink(resolved.outside.path(), resolved.root() / "up");
    std::filesystem::create_symlink("/proc/self/root", resolved.root() / "magic");
    CHECK(content_of(resolved("/outside", {}, symlinks::follow)) == "secret");
    CHECK(content_of(resolved("/up/secret", {}, symlinks::follow)) == "secret");
    CHECK(content_of(resolved("/dir/a b.txt", {}, symlinks::follow)) == "dir/a b.txt");
    CHECK(resolved.status("/magic/etc/passwd", symlinks::follow) == http::status::not_found);
}

TEST_CASE("no symbolic link is followed where none may be") {
    resolver resolved;
    std::filesystem::create_symlink("dir/a b.txt", resolved.root() / "inside");
    std::filesystem::create_symlink("dir", resolved.root() / "folder");
    std::filesystem::create_symlink("app.js", resolved.root() / "new.js");
    std::filesystem::create_symlink("app.js.br", resolved.root() / "new.js.br");
    for (const char* path : {"/inside", "/folder", "/folder/", "/folder/a b.txt", "/new.js"}) {
        CAPTURE(path);
        CHECK(resolved.status(path) != http::status::not_found);
        CHECK(resolved.status(path, symlinks::deny) == http::status::not_found);
    }
    CHECK(content_of(resolved("/app.js", {}, symlinks::deny)) == "app.js");
}

TEST_CASE("what is no file is forbidden and does not block") {
    resolver resolved;
    REQUIRE(::mkfifo((resolved.root() / "fifo").c_str(), 0600) == 0);
    CHECK(resolved.status("/fifo") == http::status::forbidden);

    const unique_fd fd(
        testing::checked(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = (resolved.root() / "socket").string();
    REQUIRE(name.size() < sizeof address.sun_path);
    name.copy(address.sun_path, name.size());
    testing::checked(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
                     "bind");
    CHECK(resolved.status("/socket") == http::status::forbidden);
    std::filesystem::create_symlink("/dev/zero", resolved.root() / "device");
    CHECK(resolved.status("/device", symlinks::follow) == http::status::forbidden);
}

TEST_CASE("the first variant that is there is taken") {
    resolver resolved;
    const auto found = [&](const char* path, http::coding_list accepted) {
        const resolution r = resolved(path, accepted);
        CHECK(r.status == http::status::ok);
        return std::pair(r.coding, content_of(r));
    };
    using expected = std::pair<coding, std::string>;
    CHECK(found("/app.js", {}) == expected(coding::identity, "app.js"));
    CHECK(found("/app.js", {coding::br, coding::gzip}) == expected(coding::br, "app.js.br"));
    CHECK(found("/app.js", {coding::gzip, coding::br}) == expected(coding::gzip, "app.js.gz"));
    CHECK(found("/app.js", {coding::zstd, coding::gzip}) == expected(coding::gzip, "app.js.gz"));
    CHECK(found("/app.js", {coding::zstd, coding::identity}) ==
          expected(coding::identity, "app.js"));
    CHECK(found("/app.js", {coding::identity, coding::br}) == expected(coding::identity, "app.js"));
    CHECK(found("/dir/", {coding::gzip}) == expected(coding::gzip, "dir/index.html.gz"));
    CHECK(found("/index.html", {coding::gzip}) == expected(coding::identity, "index.html"));
}

TEST_CASE("a variant that is no file is passed over") {
    resolver resolved;
    std::filesystem::create_directory(resolved.root() / "index.html.br");
    REQUIRE(::mkfifo((resolved.root() / "index.html.gz").c_str(), 0600) == 0);
    std::filesystem::create_symlink("../secret", resolved.root() / "index.html.zst");
    const resolution r = resolved("/index.html", {coding::br, coding::zstd, coding::gzip});
    CHECK(r.status == http::status::ok);
    CHECK(r.coding == coding::identity);
    CHECK(content_of(r) == "index.html");
}

TEST_CASE("a variant stands for nothing but the file beside it") {
    resolver resolved;
    resolved.outside.write("root/dir.gz", "not a folder");
    resolved.outside.write("root/only.js.br", "no only.js");
    CHECK(resolved("/dir", {coding::gzip}).status == http::status::permanent_redirect);
    CHECK(resolved("/only.js", {coding::br}).status == http::status::not_found);
}

} // namespace ringlet::files
