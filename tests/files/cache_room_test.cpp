// What is kept where not all can be.
#include "files/cached_folder.hpp"

namespace ringlet::files {

TEST_CASE(
    "no more than 1024 missing names are remembered, the last ones, and they drive out no file") {
    cached_folder f(16 * 1024 * kib);
    f.keep("/x");
    for (int i = 0; i < 5000; ++i)
        f.keep_missing("/none-" + std::to_string(i));
    CHECK(f.kept.size() == 1025);
    CHECK(f.knows("/none-4999"));
    CHECK(f.knows("/none-3976"));
    CHECK_FALSE(f.knows("/none-3975"));
    CHECK(f.knows("/x"));
}

TEST_CASE("missing names take a small share of a small cache") {
    cached_folder f(100 * kib);
    f.keep("/x");
    for (int i = 0; i < 2000; ++i) {
        f.keep_missing("/none-" + std::to_string(i));
        REQUIRE(f.kept.bytes() <= 100 * kib);
    }
    CHECK(f.knows("/none-1999"));
    CHECK(f.knows("/x"));
    CHECK(f.kept.bytes() <= 20 * kib);
}

TEST_CASE("never more bytes are kept than may be") {
    cached_folder f(300 * kib);
    for (std::size_t i = 0; i < 2000; ++i) {
        const std::string target = "/x?" + std::to_string(i % 700);
        f.knows(target);
        f.keep(target, "/x", i * 37 % (40 * kib));
        if (i % 3 == 0)
            f.keep(target, "/x", i * 11 % (20 * kib), coding::br);
        if (i % 5 == 0)
            f.keep_missing("/none-" + std::to_string(i));
        REQUIRE(f.kept.bytes() <= 300 * kib);
    }
    CHECK(f.kept.bytes() > 200 * kib);
    f.kept.clear();
    CHECK(f.kept.bytes() == 0);
    CHECK(f.kept.size() == 0);
}

TEST_CASE("long targets count") {
    cached_folder f(1024 * kib);
    for (int i = 0; i < 1000; ++i) {
        f.keep('/' + std::string(8000, '.') + std::to_string(i), "/x");
        f.keep_missing("/none/" + std::string(8000, '.') + std::to_string(i));
    }
    CHECK(f.kept.size() <= 1024 / 8);
    CHECK(f.kept.bytes() > 0);
}

TEST_CASE("what is larger than a small share of the cache is not kept") {
    cached_folder f(100 * kib);
    f.keep("/x", 10 * kib);
    CHECK_FALSE(f.knows("/x"));
    f.keep("/x", 8 * kib);
    CHECK(f.knows("/x"));
}

TEST_CASE("what is asked for again and again survives a scan of many times the cache") {
    cached_folder f(1024 * kib);
    const auto hot = [](int i) { return "/hot-" + std::to_string(i); };
    constexpr int hot_count = 50, scanned = 10'000; // of 4 KiB: 200 KiB and 40 MiB
    int missed = 0;
    for (int i = 0; i < scanned; ++i) {
        const std::string once = "/once-" + std::to_string(i);
        CHECK_FALSE(f.knows(once));
        f.keep(once, "/x", 4 * kib);
        const std::string again = hot(i % hot_count);
        if (f.knows(again))
            continue;
        missed += i >= 2 * hot_count ? 1 : 0;
        f.keep(again, "/x", 4 * kib);
    }
    CHECK(missed < hot_count);
    for (int i = 0; i < hot_count; ++i)
        CHECK(f.knows(hot(i)));
    CHECK(f.kept.bytes() <= 1024 * kib);
}

TEST_CASE("what is asked for no more makes room for what is") {
    cached_folder f(1024 * kib);
    const auto ask_often = [&](const std::string& kind) {
        for (int round = 0; round < 20; ++round)
            for (int i = 0; i < 150; ++i) { // 750 KiB
                const std::string target = kind + std::to_string(i);
                if (!f.knows(target))
                    f.keep(target, "/x", 4 * kib);
            }
    };
    ask_often("/old-");
    f.now += 10s;
    ask_often("/new-");
    int known = 0;
    for (int i = 0; i < 150; ++i)
        known += f.knows("/new-" + std::to_string(i)) ? 1 : 0;
    CHECK(known == 150);
}

} // namespace ringlet::files
