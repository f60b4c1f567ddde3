#include "io/block_pool.hpp"
#include "support/catch.hpp"

#include <vector>

using ringlet::io::block;
using ringlet::io::block_pool;

TEST_CASE("a block is at least as large as wished, in powers of two, up to the largest") {
    block_pool pool;
    CHECK(pool.take(0).size() == block_pool::smallest);
    CHECK(pool.take(1).size() == block_pool::smallest);
    CHECK(pool.take(block_pool::smallest).size() == block_pool::smallest);
    CHECK(pool.take(block_pool::smallest + 1).size() == 2 * block_pool::smallest);
    CHECK(pool.take(100'000).size() == 128 * 1024);
    CHECK(pool.take(block_pool::largest).size() == block_pool::largest);
    CHECK(pool.take(10 * block_pool::largest).size() == block_pool::largest);
}

TEST_CASE("a block that came back is used again, for its own size only") {
    block_pool pool;
    const char* first = nullptr;
    {
        const block b = pool.take(64 * 1024);
        first = b.bytes().data();
    }
    const block other = pool.take(16 * 1024);
    CHECK(other.bytes().data() != first);
    const block again = pool.take(64 * 1024);
    CHECK(again.bytes().data() == first);
}

TEST_CASE("blocks can be moved, and all of their bytes be written") {
    block_pool pool;
    block a = pool.take(100);
    for (char& c : a.bytes())
        c = 'a';
    block b(std::move(a));
    CHECK_FALSE(a);
    CHECK(a.size() == 0);
    block c;
    c = std::move(b);
    CHECK(c.bytes().back() == 'a');
    c = pool.take(512 * 1024);
    CHECK(c.size() == 512 * 1024);
}

TEST_CASE("the pool keeps only so many blocks") {
    block_pool pool;
    std::vector<block> many;
    for (int i = 0; i < 64; ++i)
        many.push_back(pool.take(block_pool::largest));
    many.clear(); // most of it is freed, which the leak checker sees
    CHECK(pool.take(block_pool::largest).size() == block_pool::largest);
}

TEST_CASE("blocks stay modest when half of the memory is used, and end with it") {
    block_pool pool;
    pool.limit(1024 * 1024);
    std::vector<block> taken;
    CHECK(taken.emplace_back(pool.take(block_pool::largest)).size() == block_pool::largest);
    CHECK(taken.emplace_back(pool.take(block_pool::smallest)).size() == block_pool::smallest);
    CHECK(taken.emplace_back(pool.take(block_pool::largest)).size() == block_pool::modest);
    CHECK(taken.emplace_back(pool.take(256 * 1024, 200 * 1024)).size() == 256 * 1024);
    CHECK_FALSE(pool.nearly_used_up());
    while (!pool.nearly_used_up())
        taken.push_back(pool.take(block_pool::largest));
    CHECK(pool.used() <= 1024 * 1024);
    CHECK_FALSE(pool.take(100'000, 100'000));
    while (taken.emplace_back(pool.take(1))) {
    }
    CHECK(pool.used() == 1024 * 1024);
    taken.clear();
    CHECK(pool.used() == 0);
    CHECK(pool.take(block_pool::largest).size() == block_pool::largest);
}

TEST_CASE("memory from elsewhere is charged, and given back") {
    block_pool pool;
    pool.limit(100'000);
    {
        ringlet::io::memory_charge one(pool), other(pool);
        CHECK(one.set(60'000));
        CHECK(other.set(40'000));
        CHECK_FALSE(pool.take(1));
        CHECK_FALSE(one.set(60'001)); // it is there all the same
        CHECK(pool.used() == 100'001);
        CHECK(one.set(10'000));
        CHECK(pool.take(1));
    }
    CHECK(pool.used() == 0);
}
