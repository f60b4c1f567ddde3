#include "files/cache.hpp"

#include "files/cached_folder.hpp"

namespace ringlet::files {

TEST_CASE("what was kept is found by its target alone") {
    cached_folder f;
    const auto x = f.keep("/x");
    CHECK(f.get("/x") == x);
    CHECK(f.get("/x") == x);
    for (const char* other : {"/", "/y", "/X", "/x/", "//x", "/x?", ""})
        CHECK_FALSE(f.knows(other));
    CHECK(f.kept.size() == 1);
    CHECK(f.find("/x")->compressible);
    CHECK(f.find("/x")->status == http::status::ok);
}

TEST_CASE("a cache of no bytes keeps nothing") {
    cached_folder f(0);
    CHECK_FALSE(f.kept.keeps_any());
    f.keep("/x");
    f.keep_missing("/none");
    CHECK_FALSE(f.knows("/x"));
    CHECK_FALSE(f.knows("/none"));
    CHECK(f.kept.bytes() == 0);
}

TEST_CASE("what is not in memory is not kept") {
    cached_folder f;
    cache::arrival coming;
    coming.place = f.place("/x");
    f.kept.expect(coming);
    f.kept.keep("/x", coming, false, representation_ptr(new representation), {}, true, f.now);
    CHECK_FALSE(f.knows("/x"));
}

TEST_CASE(
    "the first coding that the client accepts and the file has is found, or it is not known") {
    cached_folder f;
    std::bitset<http::coding_count> no_br;
    no_br.set(static_cast<std::size_t>(coding::br));
    const auto plain = f.keep("/x", "/x");
    CHECK(f.get("/x", {}) == plain);
    CHECK(f.get("/x", {coding::identity, coding::gzip}) == plain);
    CHECK(f.get("/x", {coding::gzip}) == nullptr); // nobody has looked
    CHECK(f.get("/x", {coding::br, coding::gzip}) == nullptr);
    const auto gzip = f.keep("/x", "/x", 10, coding::gzip, no_br);
    CHECK(f.get("/x", {coding::gzip}) == gzip);
    CHECK(f.get("/x", {coding::br, coding::gzip}) == gzip);
    CHECK(f.get("/x", {coding::br}) == plain);
    CHECK(f.get("/x", {coding::br, coding::identity, coding::gzip}) == plain);
    CHECK(f.get("/x", {coding::zstd, coding::gzip}) == nullptr);
    CHECK(f.get("/x", {}) == plain);
    CHECK(f.kept.size() == 1);
}

TEST_CASE("of two that come for one target the first is kept") {
    cached_folder f;
    const auto first = f.keep("/x");
    const std::uint64_t bytes = f.kept.bytes();
    f.keep("/x");
    CHECK(f.get("/x") == first);
    CHECK(f.kept.bytes() == bytes);
}

TEST_CASE("a change of the file drops it in all its spellings, and nothing else") {
    cached_folder f;
    for (const char* target : {"/x", "/%78", "/./x", "//x"})
        f.keep(target, "/x");
    const auto y = f.keep("/y");
    SECTION("written") {
        f.root.write("x", "new");
    }
    SECTION("removed") {
        fs::remove(f.root.path() / "x");
    }
    SECTION("replaced") {
        fs::rename(f.root.path() / "a/x", f.root.path() / "x");
    }
    SECTION("its encoded neighbour") {
        f.root.write("x.gz", "new");
    }
    SECTION("a neighbour that is new") {
        f.root.write("x.br", "new");
    }
    SECTION("a neighbour that goes") {
        fs::remove(f.root.path() / "x.gz");
    }
    for (const char* target : {"/x", "/%78", "/./x", "//x"})
        CHECK_FALSE(f.knows(target));
    CHECK(f.get("/y") == y);
    CHECK(f.kept.size() == 1);
}

TEST_CASE("a change of a folder drops what is in it, and nothing else") {
    cached_folder f;
    f.root.write("ab", "");
    f.keep("/a/x");
    f.keep("/x");
    f.keep("/ab");
    f.keep_missing("/a/none");
    fs::rename(f.root.path() / "a", f.root.path() / "b");
    CHECK_FALSE(f.knows("/a/x"));
    CHECK_FALSE(f.knows("/a/none"));
    CHECK(f.knows("/x"));
    CHECK(f.knows("/ab"));
}

TEST_CASE("what is found in one turn of the loop may be found again in the same") {
    cached_folder f;
    const auto x = f.keep("/x");
    CHECK(f.kept.find("/x", f.now, 7) != nullptr);
    f.root.write("x", "new"); // after whoever asks in this turn has asked
    CHECK(f.kept.find("/x", f.now, 7) != nullptr);
    CHECK(f.kept.find("/x", f.now, 8) == nullptr);
}

TEST_CASE("what has changed while it was coming is not kept") {
    cached_folder f;
    f.keep("/y");
    cache::arrival coming;
    coming.place = f.place("/x");
    f.kept.expect(coming);
    SECTION("the file") {
        f.root.write("x", "new");
    }
    SECTION("a neighbour") {
        f.root.write("x.zst", "new");
    }
    SECTION("the folder") {
        f.keep("/a/x");
        coming.place = f.place("/a/x");
        fs::rename(f.root.path() / "a", f.root.path() / "b");
    }
    f.knows("/");
    CHECK(coming.changed);
    f.kept.keep("/x", coming, false, f.made(10, coding::identity), {}, true, f.now);
    f.kept.keep_missing("/x", coming, http::status::not_found, f.now);
    CHECK_FALSE(f.knows("/x"));
}

TEST_CASE("what has changed before it is kept is dropped by the next turn") {
    cached_folder f;
    cache::arrival coming;
    coming.place = f.place("/x");
    f.kept.expect(coming);
    f.kept.watch(f.root.fd(), "/x");
    f.root.write("x", "new"); // and nobody has looked
    f.kept.keep("/x", coming, false, f.made(10, coding::identity), {}, true, f.now);
    CHECK_FALSE(f.knows("/x"));
}

TEST_CASE("changes are noticed also while nothing is kept yet") {
    cached_folder f;
    f.kept.watch(f.root.fd(), "/x");
    cache::arrival coming;
    coming.place = f.place("/x");
    f.kept.expect(coming);
    f.root.write("x", "new");
    CHECK_FALSE(f.knows("/x"));
    CHECK(coming.changed);
}

TEST_CASE("what is watched is true for 10 s, what is not, and what is missing, for 1 s") {
    cached_folder f;
    f.keep("/x");
    f.unwatched = true;
    f.keep("/y");
    f.keep_missing("/none");
    f.now += 999ms;
    CHECK(f.knows("/y"));
    CHECK(f.knows("/none"));
    f.now += 1ms;
    CHECK_FALSE(f.knows("/y"));
    CHECK_FALSE(f.knows("/none"));
    f.now += 8999ms;
    CHECK(f.knows("/x"));
    f.now += 1ms;
    CHECK_FALSE(f.knows("/x"));
    CHECK(f.kept.size() == 0);
    CHECK(f.kept.bytes() == 0);
}

TEST_CASE("a neighbour that is not watched makes the whole target one of 1 s") {
    cached_folder f;
    f.keep("/x", "/x");
    f.unwatched = true; // as through a symbolic link
    f.keep("/x", "/x", 10, coding::gzip);
    CHECK(f.knows("/x"));
    f.now += 1s;
    CHECK_FALSE(f.knows("/x"));
}

TEST_CASE("no coding that comes later makes a target be kept longer") {
    cached_folder f;
    f.keep("/x", "/x");
    f.now += 9s;
    f.keep("/x", "/x", 10, coding::gzip);
    f.now += 1s;
    CHECK_FALSE(f.knows("/x"));
}

TEST_CASE("that there is no file is remembered with what to say of it") {
    cached_folder f;
    f.keep_missing("/none");
    f.keep_missing("/a", http::status::permanent_redirect);
    REQUIRE(f.knows("/none"));
    CHECK(f.find("/none")->status == http::status::not_found);
    CHECK(f.find("/a")->status == http::status::permanent_redirect);
    f.root.write("none", "now there is");
    CHECK_FALSE(f.knows("/none"));
    CHECK(f.knows("/a"));
    fs::remove_all(f.root.path() / "a");
    CHECK_FALSE(f.knows("/a"));
}

TEST_CASE("a file takes the place of what was missing, and not the other way round") {
    cached_folder f;
    f.keep_missing("/x");
    const auto x = f.keep("/x");
    CHECK(f.get("/x") == x);
    f.keep_missing("/x");
    CHECK(f.get("/x") == x);
    CHECK(f.kept.size() == 1);
}

TEST_CASE("what is forgotten was all there was, also what is coming") {
    cached_folder f;
    f.keep("/x");
    f.keep_missing("/none");
    cache::arrival coming;
    coming.place = f.place("/y");
    f.kept.expect(coming);
    f.kept.clear();
    CHECK(coming.changed);
    CHECK_FALSE(f.knows("/x"));
    CHECK_FALSE(f.knows("/none"));
    const auto anew = f.keep("/x");
    CHECK(f.get("/x") == anew);
    f.root.write("x", "new");
    CHECK_FALSE(f.knows("/x"));
}

TEST_CASE("what was found is good as long as somebody has it") {
    cached_folder f;
    f.keep("/x", 5);
    const representation_ptr held = f.get("/x");
    f.kept.clear();
    CHECK(held->bytes().size() == 5);
    CHECK(held->use_count() == 1);
}

} // namespace ringlet::files
