// What changes while it is opened.
#include "files/loading_folder.hpp"

#include <boost/asio/post.hpp>

namespace ringlet::files {

TEST_CASE("a file that changes while it is read is not kept") {
    loading_folder f;
    f.watched();
    bool changed = false;
    f.hooks.before_start = [&](io::opcode code) {
        if (code == io::opcode::read && !std::exchange(changed, true))
            f.root.write("x", "another");
    };
    const loaded l = f.get("/x");
    REQUIRE(changed);
    CHECK(l.status == http::status::ok);
    CHECK_FALSE(l.what->in_memory());
    CHECK(l.what->file.fd);
    CHECK(f.text("/x") == "another");
}

TEST_CASE("a file that is replaced while it is read is not kept") {
    loading_folder f;
    f.watched();
    bool changed = false;
    f.hooks.before_start = [&](io::opcode code) {
        if (code == io::opcode::read && !std::exchange(changed, true))
            f.replace("x", "new");
    };
    CHECK(f.text("/x") == "x"); // the one that was asked for
    REQUIRE(changed);
    CHECK(f.text("/x") == "new");
}

TEST_CASE("a file that is replaced before its folder is watched is not kept") {
    loading_folder f;
    int opens = 0;
    f.hooks.before_start = [&](io::opcode code) {
        if (code == io::opcode::read && ++opens == 1)
            f.replace("x", "new");
    };
    f.get("/x");
    CHECK(f.text("/x") == "new");
}

TEST_CASE("who asks after a file was replaced does not get what is being read of the old one") {
    loading_folder f;
    SECTION("with a file in memory already") {
        f.watched();
    }
    SECTION("with none") {
        f.watched();
        f.from.forget();
        f.get("/none");
    }
    loaded first, second, third;
    bool changed = false;
    f.hooks.before_start = [&](io::opcode code) {
        if (code != io::opcode::read || std::exchange(changed, true))
            return;
        f.replace("x", "new");
        asio::post(f.ctx.get_executor(), [&] {
            testing::spawn(f.ctx, f.ask(f.want("/x"), second));
            testing::spawn(f.ctx, f.ask(f.want("/x"), third));
        });
    };
    testing::run(f.ctx, f.ask(f.want("/x"), first));
    REQUIRE(changed);
    CHECK(first.what->bytes() == "x");
    CHECK(second.what->bytes() == "new");
    CHECK(third.what == second.what);
    CHECK(f.text("/x") == "new");
}

TEST_CASE("whoever comes after a change may be done before those who came earlier") {
    loading_folder f;
    f.watched();
    f.hooks.hold_next_read = true;
    loaded first, with_first, second;
    testing::spawn(f.ctx, f.ask(f.want("/x"), first));
    testing::spawn(f.ctx, f.ask(f.want("/x"), with_first));
    testing::spawn(f.ctx, [](loading_folder& l, loaded& result) -> awaitable<void> {
        co_await testing::until(l.ctx, [&l] { return l.hooks.held != nullptr; });
        l.replace("x", "new");
        co_await l.ask(l.want("/x"), result);
        CHECK(result.what->bytes() == "new");
        l.ctx.submit(*l.hooks.held);
    }(f, second));
    testing::run(f.ctx);
    CHECK(first.what->bytes() == "x");
    CHECK(with_first.what->bytes() == "new"); // for it cannot tell when the first one began
    CHECK(f.get("/x").what == second.what);
}

TEST_CASE("a file that was opened before somebody else began to watch its folder is opened again") {
    loading_folder f;
    bool changed = false;
    f.hooks.all_at_once = true;
    f.hooks.between_turns = [&] { // both are open, and nothing is watched
        if (f.hooks.opens == 2 && !std::exchange(changed, true)) {
            f.replace("x", "new");
            f.replace("y", "new");
        }
    };
    loaded x, y;
    testing::spawn(f.ctx, f.ask(f.want("/y"), y));
    testing::spawn(f.ctx, f.ask(f.want("/x"), x));
    testing::run(f.ctx);
    REQUIRE(changed);
    CHECK(f.text("/x") == "new");
    CHECK(f.text("/y") == "new");
}

TEST_CASE(
    "a file whose folder goes before it is watched is not kept, nor for those who ask later") {
    loading_folder f;
    f.watched(); // but not /dir/
    loaded first, second;
    bool changed = false;
    f.hooks.all_at_once = true;
    const int opens = f.hooks.opens;
    f.hooks.between_turns = [&] { // it is open
        if (f.hooks.opens == opens || std::exchange(changed, true))
            return;
        fs::rename(f.root.path() / "dir", f.root.path() / "old");
        testing::spawn(f.ctx, f.ask(f.want("/dir/x"), second));
    };
    // The one who asks later is to find that the first one is not done.
    f.hooks.hold_next_read = true;
    testing::spawn(f.ctx, [](loading_folder& l, loaded& result) -> awaitable<void> {
        co_await testing::until(l.ctx, [&l] { return l.hooks.held != nullptr; });
        l.ctx.submit(*l.hooks.held);
        co_await testing::until(l.ctx, [&result] { return result.what != nullptr; });
    }(f, first));
    testing::run(f.ctx, f.ask(f.want("/dir/x"), first));
    REQUIRE(changed);
    CHECK(first.what->bytes() == "dir/x");
    CHECK(second.status == http::status::not_found);
    CHECK(f.status("/dir/x") == http::status::not_found);
    fs::rename(f.root.path() / "old", f.root.path() / "dir");
    CHECK(f.text("/dir/x") == "dir/x");
}

TEST_CASE("that there is no file is remembered until there is one") {
    loading_folder f;
    f.watched();
    CHECK(f.status("/none") == http::status::not_found);
    CHECK(f.opens_for("/none") == 0);
    f.root.write("none", "now");
    CHECK(f.text("/none") == "now");
    fs::remove(f.root.path() / "none");
    CHECK(f.status("/none") == http::status::not_found);
    CHECK(f.opens_for("/none") == 0);
}

TEST_CASE("a redirect to a folder is remembered until there is none") {
    loading_folder f;
    CHECK(f.status("/dir") == http::status::permanent_redirect);
    CHECK(f.opens_for("/dir") == 0);
    fs::remove_all(f.root.path() / "dir");
    CHECK(f.status("/dir") == http::status::not_found);
    f.root.write("dir", "a file");
    CHECK(f.text("/dir") == "a file");
    fs::remove(f.root.path() / "dir");
    fs::create_directory(f.root.path() / "dir");
    CHECK(f.status("/dir") == http::status::permanent_redirect);
    CHECK(f.status("/dir/") == http::status::not_found);
    f.root.write("dir/index.html", "index");
    CHECK(f.text("/dir/") == "index");
}

TEST_CASE("what was missing with its folder is found as soon as that is there") {
    loading_folder f;
    f.watched();
    CHECK(f.status("/new/deep/x") == http::status::not_found);
    CHECK(f.status("/new/deep/x") == http::status::not_found);
    SECTION("made step by step") {
        fs::create_directories(f.root.path() / "new/deep");
        f.root.write("new/deep/x", "now");
    }
    SECTION("moved there") {
        fs::create_directories(f.root.path() / "made/deep");
        f.root.write("made/deep/x", "now");
        fs::rename(f.root.path() / "made", f.root.path() / "new");
    }
    SECTION("linked") {
        fs::create_directories(f.root.path() / "made/deep");
        f.root.write("made/deep/x", "now");
        f.root.link("made", "new");
    }
    CHECK(f.text("/new/deep/x") == "now");
}

TEST_CASE("what lies beneath a file is missing until that is a folder") {
    loading_folder f;
    f.watched();
    CHECK(f.status("/x/y") == http::status::not_found);
    fs::remove(f.root.path() / "x");
    fs::create_directory(f.root.path() / "x");
    f.root.write("x/y", "now");
    CHECK(f.text("/x/y") == "now");
}

} // namespace ringlet::files
