#include "http/chunked.hpp"

#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace ringlet::http;
using namespace std::string_literals;

namespace {

struct decoded {
    outcome what = outcome::partial;
    std::string content;
    std::size_t consumed = 0;
};

/// Decodes input that arrives `piece` bytes at a time, each piece ending at a guard page.
decoded decode(std::string_view bytes, std::size_t piece) {
    chunked_decoder decoder;
    decoded out;
    while (out.what == outcome::partial && out.consumed < bytes.size()) {
        const auto size = std::min(piece, bytes.size() - out.consumed);
        const testing::guarded_bytes guarded(bytes.substr(out.consumed, size));
        const std::string_view in = guarded.view();
        const auto step = decoder.next(in);
        REQUIRE(step.consumed <= in.size());
        REQUIRE((step.what != outcome::partial || step.consumed > 0));
        if (!step.data.empty()) {
            REQUIRE(step.data.data() >= in.data());
            REQUIRE(step.data.data() + step.data.size() == in.data() + step.consumed);
        }
        out.content += step.data;
        out.consumed += step.consumed;
        out.what = step.what;
    }
    return out;
}

constexpr std::size_t pieces[] = {1, 2, 3, 7, 1u << 20};

void check_good(const std::string& bytes, const std::string& content) {
    INFO(bytes);
    for (const std::size_t piece : pieces) {
        INFO("in pieces of " << piece);
        const decoded whole = decode(bytes + "GET ", piece);
        REQUIRE(whole.what == outcome::complete);
        REQUIRE(whole.content == content);
        REQUIRE(whole.consumed == bytes.size());
        for (std::size_t n = 0; n < bytes.size(); ++n)
            REQUIRE(decode(bytes.substr(0, n), piece).what == outcome::partial);
    }
}

void check_bad(const std::string& bytes) {
    INFO(bytes);
    for (const std::size_t piece : pieces) {
        INFO("in pieces of " << piece);
        REQUIRE(decode(bytes, piece).what == outcome::bad);
    }
}

/// A body of one byte whose chunk line goes on like this.
std::string with_extension(const std::string& ext) {
    return "1" + ext + "\r\nx\r\n0\r\n\r\n";
}

} // namespace

TEST_CASE("chunks are joined into the content", "[http][chunked]") {
    check_good("0\r\n\r\n", "");
    check_good("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world");
    check_good("a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n", "01234567890123456789a");
    check_good("0000000000000003\r\n\r\n\r\r\n0\r\n\r\n", "\r\n\r");
    check_good("4\r\n\0\n0\r\r\n0\r\n\r\n"s, "\0\n0\r"s);
}

TEST_CASE("content is handed out as it arrives, without copies", "[http][chunked]") {
    chunked_decoder decoder;
    const std::string_view first = "FFFFFFFFFFFFFFFF\r\nabc";
    const auto step = decoder.next(first);
    CHECK(step.what == outcome::partial);
    CHECK(step.data == "abc");
    CHECK(step.data.data() == first.data() + 18);
    CHECK(step.consumed == first.size());
    CHECK(decoder.next("").consumed == 0);
    CHECK(decoder.next("").what == outcome::partial);
    CHECK(decoder.next("def").data == "def");
}

TEST_CASE("complete and bad are final", "[http][chunked]") {
    chunked_decoder done;
    REQUIRE(done.next("0\r\n\r\n").what == outcome::complete);
    CHECK(done.next("1\r\nx").what == outcome::complete);
    CHECK(done.next("1\r\nx").consumed == 0);
    CHECK(done.next("").what == outcome::complete);

    chunked_decoder failed;
    REQUIRE(failed.next("x").what == outcome::bad);
    CHECK(failed.next("0\r\n\r\n").what == outcome::bad);
    CHECK(failed.next("").what == outcome::bad);
}

TEST_CASE("malformed chunk sizes and line ends are refused", "[http][chunked]") {
    for (const std::string& bytes : {" 1\r\nx\r\n"s,
                                     "\t1\r\n"s,
                                     "\r\n"s,
                                     ";a\r\n"s,
                                     "g\r\n"s,
                                     "-1\r\n"s,
                                     "+1\r\n"s,
                                     "0x1\r\n"s,
                                     "1h\r\n"s,
                                     "1,\r\n"s,
                                     "1 \r\n"s,
                                     "1\t\r\n"s,
                                     "1 1\r\n"s,
                                     "1\0\r\n"s,
                                     "1\nx\n0\n\n"s,
                                     "1\rx"s,
                                     "1\r\rx"s,
                                     "1\r\nx\n0\r\n\r\n"s,
                                     "1\r\nxy\r\n0\r\n\r\n"s,
                                     "1\r\nx0\r\n\r\n"s,
                                     "1\r\nx\r0"s,
                                     "1\r\nx\r\n\r\n"s,
                                     "0\n\n"s,
                                     "0\r\n\n"s,
                                     "0\r\n\rx"s,
                                     "00000000000000000\r\n"s,
                                     "10000000000000000\r\n"s,
                                     "fffffffffffffffff\r\n"s})
        check_bad(bytes);
}

TEST_CASE("well-formed chunk extensions are dropped", "[http][chunked]") {
    for (const char* ext :
         {";a", ";a=b", "; a = b", " \t;a", ";a ;b", ";a;b=c;d=\"e\"", ";a=\"\"",
          ";a=\" ;\t=\xff\"", ";a=\"\\\"\\\\\"", ";a=\"b\" ;c", ";a=\"b\";c", ";!#$%&'*+-.^_`|~=1"})
        check_good(with_extension(ext), "x");
    check_good("0;last=\"chunk\"\r\n\r\n", "");
}

TEST_CASE("malformed chunk extensions are refused", "[http][chunked]") {
    for (const std::string& ext :
         {" =b"s,         ";a=b =c"s,       ";a=\"b\" =c"s, ";"s,           "; "s,
          ";="s,          ";=b"s,           ";a="s,         ";a= "s,        ";a "s,
          ";a=b "s,       ";;a"s,           ";a;"s,         ";a b"s,        ";a=b c"s,
          ";a=b=c"s,      ";a,b"s,          ";a=\""s,       ";a=\"\r\n\""s, ";a=\"\n\""s,
          ";a=\"\x7f\""s, ";a=\"\\\x01\""s, ";a=\"b\"c"s,   ";a=\"b\" c"s,  ";a\0"s,
          ";a\n"s,        ";a=\x7f"s,       ";\x80"s})
        check_bad(with_extension(ext));
}

TEST_CASE("chunk extensions are bounded per chunk", "[http][chunked]") {
    const std::string longest = ";" + std::string(limits::chunk_extension_bytes - 2, 'a');
    const std::string chunk = "1" + longest + "\r\nx\r\n";
    for (const std::size_t piece : pieces) {
        CHECK(decode(chunk + chunk + "0\r\n\r\n", piece).content == "xx");
        // Counted are the bytes after the first ';', the CR among them.
        CHECK(decode("1" + longest + "aa\r\n", piece).what == outcome::bad);
        CHECK(decode("1;a=\"" + std::string(limits::chunk_extension_bytes, ' '), piece).what ==
              outcome::bad);
        CHECK(decode("1 " + std::string(2 * limits::chunk_extension_bytes, ' '), piece).what ==
              outcome::bad);
    }
}

TEST_CASE("chunk extensions are bounded over all chunks by the content", "[http][chunked]") {
    const std::string extension = ";a=" + std::string(97, 'b');
    const auto body = [&](std::size_t chunks, std::size_t bytes) {
        std::string head(chunk_head(bytes).view());
        head.insert(head.size() - 2, extension);
        std::string all;
        for (std::size_t i = 0; i < chunks; ++i)
            all.append(head).append(bytes, 'x').append("\r\n");
        return all + "0\r\n\r\n";
    };
    const std::size_t most = limits::chunk_extensions_bytes / extension.size();
    CHECK(decode(body(most, 1), 1000).what == outcome::complete);
    CHECK(decode(body(most + 10, 1), 1000).what == outcome::bad);
    CHECK(decode(body(10 * most, extension.size() + 1), 1000).what == outcome::complete);
}

TEST_CASE("trailer fields are checked and dropped", "[http][chunked]") {
    check_good("1\r\nx\r\n0\r\nA: b\r\nC:\r\nD: \t\xff e \r\n\r\n", "x");
    for (const std::string& trailer :
         {"A\r\n"s, "A : b\r\n"s, " A: b\r\n"s, ": b\r\n"s, "A: b\r\n c\r\n"s, "A: b\n"s,
          "A: \0\r\n"s, "A: \x7f\r\n"s, "A: b\rC: d\r\n"s, "A\0: b\r\n"s, "GET / HTTP/1.1\r\n"s})
        check_bad("0\r\n" + trailer + "\r\n");
}

TEST_CASE("trailers that would frame or route the message are refused", "[http][chunked]") {
    for (const std::string& name : {"Content-Length"s, "content-length"s, "Transfer-Encoding"s,
                                    "TRANSFER-ENCODING"s, "Host"s, "hOsT"s}) {
        check_bad("0\r\n" + name + ": 1\r\n\r\n");
        check_bad("0\r\nA: b\r\n" + name + ":\r\n\r\n");
        check_good("0\r\n" + name + "s: 1\r\n\r\n", "");
        check_good("0\r\nX-" + name + ": 1\r\n\r\n", "");
        check_good("0\r\n" + name.substr(0, name.size() - 1) + ": " + name + ": 1\r\n\r\n", "");
    }
}

TEST_CASE("the trailer section is bounded", "[http][chunked]") {
    std::string lines;
    while (lines.size() <= limits::trailer_bytes)
        lines += "A: b\r\n";
    for (const std::size_t piece : pieces) {
        CHECK(decode("0\r\n" + lines + "\r\n", piece).what == outcome::bad);
        CHECK(decode("0\r\n" + lines.substr(0, lines.size() / 12 * 6) + "\r\n", piece).what ==
              outcome::complete);
        CHECK(decode("0\r\nA:" + std::string(limits::trailer_bytes, ' '), piece).what ==
              outcome::bad);
    }
}

static_assert(chunk_head(255).view() == "ff\r\n");

TEST_CASE("a chunk's head is its size in hexadecimal digits", "[http][chunked]") {
    CHECK(chunk_head(1).view() == "1\r\n");
    CHECK(chunk_head(15).view() == "f\r\n");
    CHECK(chunk_head(16).view() == "10\r\n");
    CHECK(chunk_head(0xabcdef).view() == "abcdef\r\n");
    CHECK(chunk_head(std::numeric_limits<std::size_t>::max()).view() == "ffffffffffffffff\r\n");
    const chunk_head copy = chunk_head(1024);
    CHECK(copy.view() == "400\r\n");
}

TEST_CASE("what is written in chunks is read back", "[http][chunked]") {
    std::string bytes, content;
    for (const std::size_t size : {1, 9, 10, 17, 256, 5000}) {
        const std::string chunk(size, 'x');
        bytes.append(chunk_head(size).view()).append(chunk).append("\r\n");
        content += chunk;
    }
    bytes += last_chunk;
    for (const std::size_t piece : pieces) {
        const decoded whole = decode(bytes, piece);
        CHECK(whole.what == outcome::complete);
        CHECK(whole.consumed == bytes.size());
        CHECK((whole.content == content));
    }
}
