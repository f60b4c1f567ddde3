#include "http/scan.hpp"

#include "support/catch.hpp"

#include <string>

using namespace ringlet::http;

namespace {

// As much of `text` as `is_one` takes, a byte at a time.
std::size_t run_by_bytes(std::string_view text, bool (*is_one)(char) noexcept) {
    std::size_t at = 0;
    while (at < text.size() && is_one(text[at]))
        ++at;
    return at;
}

} // namespace

TEST_CASE("runs of text, of tokens and of targets end at the same byte as when each is looked at",
          "[http][scan]") {
    // Two blocks of sixteen and some more: each byte at each place, with nothing behind, and more.
    for (std::size_t size : {1, 15, 16, 17, 31, 32, 40})
        for (std::size_t at = 0; at < size; ++at)
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, 'x');
                text[at] = static_cast<char>(byte);
                REQUIRE(text_run(text) == run_by_bytes(text, is_text_char));
                REQUIRE(token_run(text) == run_by_bytes(text, is_token_char));
                REQUIRE(target_run(text) == run_by_bytes(text, is_target_char));
            }
}

TEST_CASE("a run ends at the first byte that does not belong, whatever follows", "[http][scan]") {
    CHECK(text_run("") == 0);
    CHECK(token_run("") == 0);
    CHECK(text_run("\r\n and some more than sixteen bytes") == 0);
    CHECK(text_run("\ttabs\tand \x80 are text\rbut\nnot\x7f this") == 20);
    CHECK(target_run("/a?b=c%20d;e:f@g[h]~{i}|j\\k#fragment and more than sixteen") == 27);
    CHECK(token_run("Sec-CH-UA-Mobile: ?0, and so on, for some bytes") == 16);
    CHECK(token_run("X-42-is_a.token!#$%&'*+^`|~ but a space is not") == 27);
}
