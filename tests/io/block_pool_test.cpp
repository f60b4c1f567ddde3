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
