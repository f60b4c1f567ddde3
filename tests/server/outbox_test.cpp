#include "server/outbox.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace ringlet {

TEST_CASE("an outbox holds no memory until something is put in and none after") {
    io::block_pool pool;
    outbox out(pool);
    CHECK(out.empty());
    CHECK(out.bytes().empty());
    out.append("");
    CHECK(out.empty());
    out.append("abc");
    CHECK(out.bytes() == "abc");
    out.clear();
    CHECK(out.empty());
    CHECK(out.bytes().empty());
    out.append("again");
    CHECK(out.bytes() == "again");
}

TEST_CASE("an outbox keeps its bytes while it grows up to a batch") {
    io::block_pool pool;
    outbox out(pool);
    std::string expected;
    for (char c = 'a'; out.takes(1000); c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
        const std::string text(1000, c);
        out.append(text);
        expected += text;
    }
    CHECK(expected.size() + 1000 > limits::batch_bytes);
    CHECK((out.bytes() == expected));
    const std::size_t left = limits::batch_bytes - outbox::interim_bytes - expected.size();
    CHECK(out.takes(left));
    CHECK(!out.takes(left + 1));
    out.append(std::string(left, '!'));
    CHECK(out.takes(0));
    CHECK(!out.takes(1));
    out.append(std::string(outbox::interim_bytes, '1'));
    CHECK(out.bytes().size() == limits::batch_bytes);
}

TEST_CASE("an outbox takes nothing behind a tail that is larger than a batch") {
    io::block_pool pool;
    outbox out(pool);
    files::representation_ptr file(new files::representation);
    file->file.size = limits::cached_file_bytes;
    file->body = io::byte_store().take(limits::cached_file_bytes);
    out.append("head");
    out.end_with(file);
    CHECK_FALSE(out.takes(0));
    CHECK_FALSE(out.takes_interim());
    CHECK(out.tail().size() == limits::cached_file_bytes);
}

TEST_CASE("what was prepared counts only as far as it was committed") {
    io::block_pool pool;
    outbox out(pool);
    out.append("head ");
    const std::span<char> room = out.prepare(100'000);
    CHECK(room.size() == 100'000);
    room[0] = 'x';
    room[1] = 'y';
    out.commit(2);
    CHECK(out.bytes() == "head xy");
}

TEST_CASE("an outbox ends with what lies elsewhere, until more is added") {
    io::block_pool pool;
    outbox out(pool);
    files::representation_ptr file(new files::representation);
    const std::string body(100'000, 'b');
    file->file.size = body.size();
    file->body = io::byte_store().take(body.size());
    std::ranges::copy(body, file->body.data());
    out.append("head ");
    out.end_with(file);
    CHECK(out.bytes() == "head ");
    CHECK((out.tail() == body));
    CHECK(out.tail().data() == file->body.data());
    CHECK_FALSE(out.takes(limits::batch_bytes - body.size()));

    outbox other = std::move(out);
    CHECK(out.empty());
    CHECK(out.tail().empty());
    REQUIRE(other.takes(5));
    other.append(" more");
    CHECK((other.bytes() == "head " + body + " more"));
    CHECK(other.tail().empty());

    other.end_with(file);
    other.clear();
    CHECK(other.tail().empty());
    CHECK(file->use_count() == 1);
}

} // namespace ringlet
