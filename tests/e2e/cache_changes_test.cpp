// Files that change while they are asked for: no answer is older than its request.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <atomic>
#include <random>
#include <sys/syscall.h>
#include <thread>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

/// A path at which one version comes after the other. Each has a letter and a length of its own; or
/// there is none.
class restless_file {
  public:
    explicit restless_file(std::string t) : target(std::move(t)) {}
    virtual ~restless_file() = default;

    /// What a request that is sent now may bring at the earliest.
    long complete() const noexcept { return complete_; }
    /// And what an answer that has come by now, at the latest.
    long begun() const noexcept { return begun_; }

    void change() {
        const long next = ++begun_;
        make(next);
        complete_ = next;
    }

    /// Whether the answer is one of the versions from `first` to `last`.
    bool fits(const answer& a, long first, long last) const {
        for (long v = first; v <= last; ++v)
            if (is_missing(v) ? a.status == 404 : a.status == 200 && a.body == content_of(v))
                return true;
        // While it is written in place it is empty for a moment.
        return last > first && in_place() && a.status == 200 && a.body.empty();
    }

    static std::string content_of(long version) {
        const auto v = static_cast<std::size_t>(version);
        return std::string(1000 + v * 7 % 2999, static_cast<char>('a' + v % 26));
    }

    const std::string target;

  protected:
    virtual void make(long version) = 0;
    virtual bool is_missing(long) const { return false; }
    virtual bool in_place() const { return false; }

  private:
    std::atomic<long> begun_{0}, complete_{0};
};

void write_to(const fs::path& path, std::string_view content) {
    const unique_fd fd(
        checked(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), "open"));
    if (::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
        throw std::runtime_error("cannot write");
}

void exchange(const fs::path& a, const fs::path& b) {
    checked(static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(),
                                       RENAME_EXCHANGE)),
            "renameat2");
}

struct replaced_file final : restless_file {
    explicit replaced_file(const fs::path& in) : restless_file("/replaced"), root(in) { change(); }
    void make(long v) override {
        write_to(root / "replaced.next", content_of(v));
        fs::rename(root / "replaced.next", root / "replaced");
    }
    fs::path root;
};

struct rewritten_file final : restless_file {
    explicit rewritten_file(const fs::path& in) : restless_file("/rewritten"), root(in) {
        change();
    }
    void make(long v) override { write_to(root / "rewritten", content_of(v)); }
    bool in_place() const override { return true; }
    fs::path root;
};

/// Removed and created anew.
struct passing_file final : restless_file {
    explicit passing_file(const fs::path& in) : restless_file("/dir/passing"), root(in) {
        fs::create_directory(root / "dir");
        change();
    }
    void make(long v) override {
        if (is_missing(v)) {
            fs::remove(root / "dir/passing");
            return;
        }
        write_to(root / "passing.next", content_of(v));
        fs::rename(root / "passing.next", root / "dir/passing");
    }
    bool is_missing(long v) const override { return v % 2 == 0; }
    fs::path root;
};

/// In a folder that is moved away before the next one comes.
struct moved_folder final : restless_file {
    explicit moved_folder(const fs::path& in) : restless_file("/moved/deep/file"), root(in) {
        change();
    }
    void make(long v) override {
        if (is_missing(v)) {
            fs::rename(root / "moved", root / "moved.old");
            fs::remove_all(root / "moved.old");
            return;
        }
        fs::create_directories(root / "moved.next/deep");
        write_to(root / "moved.next/deep/file", content_of(v));
        fs::rename(root / "moved.next", root / "moved");
    }
    bool is_missing(long v) const override { return v % 2 == 0; }
    fs::path root;
};

/// In a folder that changes places with another one at once. The old one is kept and used again.
struct exchanged_folder final : restless_file {
    explicit exchanged_folder(const fs::path& in) : restless_file("/shown/file"), root(in) {
        fs::create_directory(root / "shown");
        fs::create_directory(root / "hidden");
        change();
    }
    void make(long v) override {
        write_to(root / "hidden/file", content_of(v));
        exchange(root / "hidden", root / "shown");
    }
    fs::path root;
};

/// The files of one site, changed and asked for at the same time.
struct restless_site {
    restless_site() {
        files.push_back(std::make_unique<replaced_file>(site.path()));
        files.push_back(std::make_unique<rewritten_file>(site.path()));
        files.push_back(std::make_unique<passing_file>(site.path()));
        files.push_back(std::make_unique<moved_folder>(site.path()));
        files.push_back(std::make_unique<exchanged_folder>(site.path()));
    }

    /// Until there have been enough answers. Each change waits for a few of them, so that there is
    /// something to remember.
    void change_all(unsigned seed) {
        std::mt19937 random(seed);
        while (answers < enough && wrong == 0) {
            files[random() % files.size()]->change();
            const long until = answers + static_cast<long>(random() % 20);
            while (answers < until && answers < enough && wrong == 0)
                std::this_thread::yield();
        }
    }

    void ask_all(std::uint16_t port, unsigned seed) {
        std::mt19937 random(seed);
        while (answers < enough && wrong == 0) {
            raw_client client(port);
            for (bool open = true; open && answers < enough && wrong == 0;)
                open = ask_one(client, *files[random() % files.size()], random() % 4 == 0);
        }
    }

    /// Returns whether the connection can be used again. What is cut off is no answer.
    bool ask_one(raw_client& client, const restless_file& file, bool twice) {
        const long first = file.complete();
        const std::string request = request_text(file.target, "Accept-Encoding: gzip\r\n");
        client.offer(twice ? request + request : request);
        for (int i = 0; i < (twice ? 2 : 1); ++i) {
            const auto a = client.read_answer();
            if (!a || !a->complete)
                return false;
            ++answers;
            const long last = file.begun();
            if (file.fits(*a, first, last))
                continue;
            if (wrong++ == 0)
                problem = file.target + ": from " + std::to_string(first) + " to " +
                          std::to_string(last) + ", but there came " + std::to_string(a->status) +
                          " with " + std::to_string(a->body.size()) + " bytes, " +
                          a->body.substr(0, 1) + ".." + a->body.substr(a->body.size() / 2, 1) +
                          ".." + a->body.substr(a->body.empty() ? 0 : a->body.size() - 1);
            return false;
        }
        return true;
    }

    test_site site;
    std::vector<std::unique_ptr<restless_file>> files;
    static constexpr long enough = 6000;
    std::atomic<long> answers{0}, wrong{0};
    std::string problem; // the first
};

} // namespace

TEST_CASE("whatever becomes of files, each answer is one of their versions, and none from before") {
    restless_site s;
    const server_process server(serve(s.site.path(), {"--workers", "2"}));
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < 4; ++i)
            threads.emplace_back([&s, &server, i] { s.ask_all(server.port(), i); });
        threads.emplace_back([&s] { s.change_all(7); });
    }
    CHECK(s.problem == "");
    CHECK(s.wrong == 0);
    CHECK(s.answers >= restless_site::enough);
}

TEST_CASE("what was changed before the request was sent is in the answer") {
    restless_site s;
    const server_process server(serve(s.site.path(), {"--workers", "1"}));
    raw_client client(server.port());
    for (int round = 0; round < 100; ++round)
        for (const auto& file : s.files) {
            CAPTURE(file->target, round);
            const auto a = client.send(request_text(file->target)).read_answer();
            REQUIRE(a);
            REQUIRE(file->fits(*a, file->complete(), file->complete()));
            file->change();
        }
}

TEST_CASE("a file that grows line by line is answered as it is") {
    test_site site;
    std::string all;
    site.write("log.txt", all);
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    const unique_fd log(checked(
        ::open((site.path() / "log.txt").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC), "open"));
    for (int i = 0; i < 300; ++i) {
        const std::string line = "line " + std::to_string(i) + '\n';
        REQUIRE(::write(log.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
        all += line;
        const auto a = client.send(request_text("/log.txt")).read_answer();
        REQUIRE(a);
        REQUIRE(a->body == all);
    }
}

TEST_CASE("changes of permissions, names and links count at once") {
    test_site site;
    site.write("x.txt", "x");
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    const auto said = [&] {
        const auto a = client.send(request_text("/x.txt")).read_answer();
        return a ? std::to_string(a->status) + ' ' + a->field("Last-Modified") + a->body : "none";
    };
    const std::string before = said();
    CHECK(said() == before);
    const fs::path x = site.path() / "x.txt";
    fs::last_write_time(x, fs::file_time_type::clock::now() - std::chrono::hours(1000));
    const std::string older = said();
    CHECK(older != before);
    fs::rename(x, site.path() / "y.txt");
    CHECK(said().starts_with("404"));
    fs::create_hard_link(site.path() / "y.txt", x);
    CHECK(said() == older);
    site.write("x.txt", "other");
    CHECK(said().ends_with("other"));
    CHECK(ask(server.port(), "/y.txt").body == "other");
    if (::geteuid() != 0) {
        fs::permissions(x, fs::perms::none);
        CHECK(said().starts_with("403"));
    }
}

TEST_CASE("where a symbolic link leads now is seen soon") {
    const temporary_folder place;
    fs::create_directories(place.path() / "root/one");
    fs::create_directories(place.path() / "root/two");
    place.write("root/one/page.js", "one");
    place.write("root/two/page.js", "two");
    place.write("root/file.js", "file");
    place.write("root/gzipped", "one");
    const auto point = [&](const char* name, const char* to) {
        place.link(to, "root/next");
        fs::rename(place.path() / "root/next", place.path() / "root" / name);
    };
    point("current", "one");
    point("page.js", "one/page.js");
    point("file.js.gz", "one/page.js");
    const server_process server(serve(place.path() / "root"));
    raw_client client(server.port());
    const auto get = [&](const char* target) {
        const auto a = client.send(request_text(target, "Accept-Encoding: gzip\r\n")).read_answer();
        return a ? a->body : "none";
    };
    const char* const targets[] = {"/current/page.js", "/page.js", "/file.js"};
    const auto all_are = [&](const char* expected) {
        return std::ranges::all_of(targets, [&](const char* t) { return get(t) == expected; });
    };
    CHECK(all_are("one"));
    CHECK(ask(server.port(), "/file.js").body == "file");
    point("current", "two");
    point("page.js", "two/page.js");
    point("file.js.gz", "two/page.js");
    // In 1 s; what is watched would be remembered for 10.
    CHECK(eventually([&] { return all_are("two"); }, std::chrono::seconds(7)));
}

TEST_CASE("after SIGHUP no worker answers with what lay at the folder's path before") {
    const temporary_folder place;
    const auto make = [&](const std::string& name, const std::string& file) {
        fs::create_directories(place.path() / name / "sub");
        place.write(name + "/sub/which.txt", name);
        place.write(name + '/' + file, name);
    };
    make("one", "only-one.txt");
    make("two", "only-two.txt");
    place.link("one", "current");
    server_process server(serve(place.path() / "current", {"--workers", "2"}));
    std::vector<raw_client> clients; // so many that each worker has some
    for (int i = 0; i < 16; ++i)
        clients.emplace_back(server.port());
    const auto all_say = [&](const char* target, std::string_view expected) {
        return std::ranges::all_of(clients, [&](raw_client& c) {
            const auto a = c.send(request_text(target)).read_answer();
            return a && (a->status == 404 ? "404" : a->body) == expected;
        });
    };
    CHECK(all_say("/sub/which.txt", "one"));
    CHECK(all_say("/only-one.txt", "one"));
    CHECK(all_say("/only-two.txt", "404"));
    place.link("two", "next");
    fs::rename(place.path() / "next", place.path() / "current");
    server.signal(SIGHUP);
    CHECK(eventually([&] { return all_say("/sub/which.txt", "two"); }));
    CHECK(eventually([&] { return all_say("/only-one.txt", "404"); }));
    CHECK(eventually([&] { return all_say("/only-two.txt", "two"); }));
    place.write("two/sub/which.txt", "two, changed"); // the new one is watched
    CHECK(all_say("/sub/which.txt", "two, changed"));
    place.write("one/only-one.txt", "one, changed");
    CHECK(all_say("/only-one.txt", "404"));
}

TEST_CASE("a folder that is written to all the time is served, and what has not changed as well") {
    test_site site;
    const server_process server(serve(site.path(), {"--workers", "1"}));
    std::atomic<bool> enough{false};
    std::jthread writer([&] {
        for (int i = 0; !enough; ++i) {
            const std::string name = "new-" + std::to_string(i % 10);
            write_to(site.path() / name, "x");
            fs::rename(site.path() / name, site.path() / ("kept-" + std::to_string(i % 7)));
        }
    });
    raw_client client(server.port());
    for (int i = 0; i < 2000; ++i) {
        const auto a = client.send(request_text("/one.txt")).read_answer();
        REQUIRE(a);
        REQUIRE(a->body == site["one.txt"]);
    }
    enough = true;
}

} // namespace ringlet::testing
