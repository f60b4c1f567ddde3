#include "http/compressor.hpp"

#include "support/catch.hpp"
#include "support/decompress.hpp"

#include <random>
#include <string>

using namespace ringlet::http;
using ringlet::testing::decoded;
using ringlet::testing::gunzip;
using ringlet::testing::unbrotli;

namespace {

using then = text_compressor::then;

struct how {
    coding c;
    int level;
};

const how every_level[] = {
    {coding::gzip, 1}, {coding::gzip, 5}, {coding::gzip, 9}, {coding::br, 0},
    {coding::br, 1},   {coding::br, 4},   {coding::br, 9},   {coding::br, 11},
};

decoded decode(coding c, std::string_view bytes) {
    return c == coding::gzip ? gunzip(bytes) : unbrotli(bytes);
}

std::string whole(const how& h, std::string_view text) {
    std::string out;
    make_compressor(h.c, h.level)->append(text, then::finish, out);
    return out;
}

std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes(size, '\0');
    for (char& c : bytes)
        c = static_cast<char>(random());
    return bytes;
}

std::string prose(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i)
        text += "line " + std::to_string(i * i) + " of a text that says little\n";
    text.resize(size);
    return text;
}

} // namespace

TEST_CASE("what is compressed whole comes out as it was") {
    for (const how& h : every_level)
        for (const std::size_t size : {0, 1, 1000, 16 * 1024, 300 * 1024}) {
            CAPTURE(name(h.c), h.level, size);
            for (const std::string& text : {prose(size), noise(size)}) {
                const decoded d = decode(h.c, whole(h, text));
                CHECK(d.complete);
                CHECK((d.text == text)); // not shown: it is long
            }
        }
}

TEST_CASE("repetition is made short, and more so with a higher level") {
    const std::string text = prose(300 * 1024);
    CHECK(whole({coding::gzip, 1}, text).size() < text.size() / 3);
    CHECK(whole({coding::gzip, 9}, text).size() < whole({coding::gzip, 1}, text).size());
    CHECK(whole({coding::br, 1}, text).size() < text.size() / 3);
    CHECK(whole({coding::br, 11}, text).size() < whole({coding::br, 1}, text).size());
}

TEST_CASE("after a flush all of the input can be decoded, and it is not the end") {
    for (const how& h : every_level) {
        CAPTURE(name(h.c), h.level);
        const auto c = make_compressor(h.c, h.level);
        std::string text;
        std::string out;
        for (const std::string& piece : {prose(10), prose(5000), noise(100'000), prose(1)}) {
            c->append(piece, then::flush, out);
            text += piece;
            const decoded d = decode(h.c, out);
            CHECK((d.text == text));
            CHECK_FALSE(d.complete);
        }
        c->append({}, then::finish, out);
        const decoded d = decode(h.c, out);
        CHECK((d.text == text));
        CHECK(d.complete);
    }
}

TEST_CASE("later pieces profit from earlier ones") {
    const std::string piece = prose(4000) + noise(1000);
    for (const how& h : {how{coding::gzip, 5}, how{coding::br, 4}}) {
        const auto c = make_compressor(h.c, h.level);
        std::string first;
        std::string second;
        c->append(piece, then::flush, first);
        c->append(piece, then::flush, second);
        CHECK(second.size() < first.size() / 10);
    }
}

TEST_CASE("output is appended behind what is there") {
    for (const how& h : {how{coding::gzip, 5}, how{coding::br, 4}}) {
        std::string out = "before";
        make_compressor(h.c, h.level)->append("text", then::finish, out);
        REQUIRE(out.starts_with("before"));
        CHECK(decode(h.c, std::string_view(out).substr(6)).text == "text");
    }
}
