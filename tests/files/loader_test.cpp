#include "files/loader.hpp"

#include "files/loading_folder.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <sys/stat.h>

namespace ringlet::files {

using namespace std::chrono_literals;
using http::coding;

TEST_CASE("a small file is loaded whole, and then known") {
    loading_folder f;
    const loaded l = f.get("/x");
    REQUIRE(l.status == http::status::ok);
    CHECK(l.what->bytes() == "x");
    CHECK_FALSE(l.what->file.fd);
    CHECK(l.what->content_type == "text/plain");
    CHECK(l.what->cache_control == "max-age=1");
    CHECK(l.what->lasting.whole.find("Content-Length: 1\r\n") != std::string::npos);
    CHECK(l.what->lasting.whole.ends_with("\r\n\r\n"));
    CHECK(f.opens_for("/x") == 0);
    CHECK(f.get("/x").what == l.what);
    CHECK(f.text("/dir/") == "dir/index.html");
    CHECK(f.opens_for("/dir/") == 0);
}

TEST_CASE("what has no target, or nowhere to be kept, is opened each time, and not read") {
    loading_folder f;
    loaded l;
    wanted w = f.want("/x");
    w.target = {};
    testing::run(f.ctx, f.ask(w, l));
    REQUIRE(l.what);
    CHECK(l.what->file.fd);
    CHECK_FALSE(l.what->in_memory());
    CHECK(f.opens_for("/x") > 0); // it was not kept

    loading_folder none(0);
    CHECK(none.get("/x").what->file.fd);
    CHECK(none.opens_for("/x") == 1);
    CHECK(none.opens_for("/none") == 1);
}

TEST_CASE("files up to 1 MiB are kept, and of larger ones the descriptor is given") {
    loading_folder f(32 * 1024 * 1024);
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{16 * 1024}, std::size_t{1024 * 1024}}) {
        const std::string content = testing::pattern(bytes);
        f.root.write("edge", content);
        CHECK((f.text("/edge") == content));
        CHECK(f.opens_for("/edge") == 0);
    }
    f.root.write("edge", testing::pattern(1024 * 1024 + 1));
    const loaded large = f.get("/edge");
    CHECK(large.status == http::status::ok);
    CHECK(large.what->file.fd);
    CHECK_FALSE(large.what->in_memory());
    CHECK(large.what->file.size == 1024 * 1024 + 1);
    CHECK(f.opens_for("/edge") == 1);
}

TEST_CASE("a file that is too large for the cache there is is not read") {
    loading_folder f(1024 * 1024);
    f.root.write("x", testing::pattern(512 * 1024));
    CHECK_FALSE(f.get("/x").what->in_memory());
}

TEST_CASE("what is sent from memory and was dropped counts as memory for answers") {
    loading_folder f;
    const std::string content = testing::pattern(20'000);
    f.root.write("x", content);
    loaded l = f.get("/x");
    CHECK(f.ctx.blocks().used() == 0); // it counts as the cache's
    f.from.forget();
    CHECK(f.ctx.blocks().used() == content.size());
    CHECK((l.what->bytes() == content));
    l.what.reset();
    CHECK(f.ctx.blocks().used() == 0);
}

TEST_CASE("without memory for answers a file is not read into it") {
    loading_folder f;
    f.root.write("x", testing::pattern(20'000));
    f.ctx.blocks().limit(10'000);
    const loaded l = f.get("/x");
    REQUIRE(l.what);
    CHECK(l.what->file.fd);
    CHECK_FALSE(l.what->in_memory());
    CHECK(f.ctx.blocks().used() == 0);
}

TEST_CASE("one opens the file for all who want the same meanwhile") {
    loading_folder f;
    f.watched();
    const int before = f.hooks.opens;
    std::vector<loaded> all(100);
    for (loaded& l : all)
        testing::spawn(f.ctx, f.ask(f.want("/x"), l));
    testing::run(f.ctx);
    CHECK(f.hooks.opens - before == 1);
    for (const loaded& l : all) {
        CHECK(l.status == http::status::ok);
        CHECK(l.what == all.front().what);
    }
}

TEST_CASE("one looks for all who want what is not there") {
    loading_folder f;
    f.watched();
    const int before = f.hooks.opens;
    std::vector<loaded> all(10);
    for (loaded& l : all)
        testing::spawn(f.ctx, f.ask(f.want("/none"), l));
    testing::run(f.ctx);
    CHECK(f.hooks.opens - before == 1);
    for (const loaded& l : all)
        CHECK(l.status == http::status::not_found);
}

TEST_CASE("those who want other codings of a file open it for themselves") {
    loading_folder f;
    f.watched();
    f.root.write("x.gz", "gzipped");
    loaded plain, gzip;
    testing::spawn(f.ctx, f.ask(f.want("/x"), plain));
    testing::spawn(f.ctx, f.ask(f.want("/x", {coding::gzip}), gzip));
    testing::run(f.ctx);
    CHECK(plain.what->bytes() == "x");
    CHECK(gzip.what->bytes() == "gzipped");
    CHECK(gzip.what->coding == coding::gzip);
    CHECK(f.opens_for("/x") == 0);
    CHECK(f.opens_for("/x", {coding::gzip}) == 0);
}

TEST_CASE("those who wait for another one's file are told when that one is cancelled") {
    loading_folder f;
    loaded waiting{http::status::ok, {}};
    bool went_on = false;
    asio::cancellation_signal first;
    loaded never;
    {
        asio::co_spawn(f.ctx.get_executor(), f.ask(f.want("/x"), never),
                       asio::bind_cancellation_slot(first.slot(), [](std::exception_ptr) {}));
        testing::spawn(f.ctx, [](loading_folder& l, loaded& result, bool& done) -> awaitable<void> {
            co_await l.ask(l.want("/x"), result);
            done = true;
        }(f, waiting, went_on));
        asio::post(f.ctx.get_executor(), [&] { first.emit(asio::cancellation_type::terminal); });
        testing::run(f.ctx);
    }
    CHECK(went_on);
    CHECK(f.text("/x") == "x");
}

TEST_CASE("an encoded neighbour is found, remembered, and forgotten when it changes") {
    loading_folder f;
    CHECK(f.text("/x", {coding::br, coding::gzip}) == "x");
    CHECK(f.opens_for("/x", {coding::br, coding::gzip}) == 0);
    CHECK(f.opens_for("/x") == 0);
    f.root.write("x.gz", "gzip");
    CHECK(f.text("/x", {coding::br, coding::gzip}) == "gzip");
    CHECK(f.opens_for("/x", {coding::br, coding::gzip}) == 0);
    CHECK(f.opens_for("/x", {coding::gzip}) == 0);
    CHECK(f.text("/x") == "x");
    f.root.write("x.br", "brotli");
    CHECK(f.text("/x", {coding::br, coding::gzip}) == "brotli");
    CHECK(f.text("/x", {coding::gzip}) == "gzip");
    fs::remove(f.root.path() / "x.br");
    CHECK(f.text("/x", {coding::br, coding::gzip}) == "gzip");
    f.replace("x.gz", "other");
    CHECK(f.text("/x", {coding::br, coding::gzip}) == "other");
    fs::remove(f.root.path() / "x");
    CHECK(f.status("/x") == http::status::not_found);
    CHECK(f.get("/x", {coding::gzip}).status == http::status::not_found);
}

TEST_CASE("the encoded neighbour of an index file is noticed") {
    loading_folder f;
    CHECK(f.text("/dir/", {coding::gzip}) == "dir/index.html");
    f.root.write("dir/index.html.gz", "gzip");
    CHECK(f.text("/dir/", {coding::gzip}) == "gzip");
}

TEST_CASE("files reached through symbolic links are remembered as well, but for 1 s only") {
    loading_folder f;
    f.root.link("x", "link");
    f.root.link("dir", "folder");
    f.root.link("x.real", "y.gz");
    f.root.write("x.real", "linked");
    for (const char* path : {"/link", "/folder/x"}) {
        CHECK(f.status(path) == http::status::ok);
        CHECK(f.opens_for(path) == 0);
    }
    CHECK(f.text("/y", {coding::gzip}) == "linked");
    f.replace("x", "new");
    f.replace("dir/x", "new");
    f.replace("x.real", "new");
    const auto soon = [&](std::string_view path, http::coding_list accepted) {
        const auto until = io::clock::now() + testing::patience;
        while (f.text(path, accepted) != "new" && io::clock::now() < until)
            ::poll(nullptr, 0, 10);
        return io::clock::now() < until;
    };
    const auto began = io::clock::now();
    CHECK(soon("/link", {}));
    CHECK(soon("/folder/x", {}));
    CHECK(soon("/y", {coding::gzip}));
    CHECK(io::clock::now() - began < 8s); // not only after the time of what is watched
}

TEST_CASE("what may not be read is not remembered") {
    loading_folder f;
    REQUIRE(::mkfifo((f.root.path() / "fifo").c_str(), 0600) == 0);
    CHECK(f.status("/fifo") == http::status::forbidden);
    fs::remove(f.root.path() / "fifo");
    f.root.write("fifo", "a file");
    CHECK(f.text("/fifo") == "a file");
}

TEST_CASE("a file from the future is kept without the fields that change") {
    loading_folder f;
    wanted w = f.want("/x");
    w.now_s = 1000;
    loaded l;
    testing::run(f.ctx, f.ask(w, l));
    REQUIRE(l.what);
    CHECK(l.what->in_memory());
    CHECK(l.what->lasting.whole.empty());
    CHECK(f.opens_for("/x") == 0);
}

TEST_CASE("what is forgotten is opened again") {
    loading_folder f;
    f.get("/x");
    f.get("/none");
    f.from.forget();
    CHECK(f.opens_for("/x") > 0);
    CHECK(f.opens_for("/none") > 0);
    CHECK(f.opens_for("/x") == 0);
}

TEST_CASE("a loader may go while somebody waits for its files") {
    loading_folder f;
    std::vector<loaded> all(3);
    for (loaded& l : all)
        testing::spawn(f.ctx, f.ask(f.want("/x"), l));
    f.hooks.before_start = [&](io::opcode) { f.ctx.stop(); };
    f.ctx.run(); // the context goes first, with those who wait; then the loader
}

} // namespace ringlet::files
