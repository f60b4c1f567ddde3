#include "http/conditional.hpp"

#include "support/catch.hpp"
#include "support/make_head.hpp"

#include <string>

using namespace ringlet::http;
using ringlet::testing::field_lines;
using ringlet::testing::make_head;

namespace {

constexpr std::string_view etag = R"("abc")";
constexpr std::string_view weak_etag = R"(W/"abc")";
constexpr std::string_view other = R"("other")";

constexpr std::int64_t modified = 784'111'777;
constexpr std::string_view same = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view before = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view after = "Sun, 06 Nov 1994 08:49:38 GMT";
constexpr std::int64_t now = modified + 3600;

constexpr validators file{etag, modified};

precondition get(field_lines lines) {
    return evaluate(make_head(lines), &file, now);
}

precondition put(field_lines lines, const validators* current = &file) {
    return evaluate(make_head(verb::put, lines), current, now);
}

bool range_allowed(std::string_view if_range, validators current = file, std::int64_t at = now) {
    return if_range_allows(make_head({{"Range", "bytes=0-1"}, {"If-Range", if_range}}), current,
                           at);
}

constexpr auto proceed = precondition::proceed;
constexpr auto not_modified = precondition::not_modified;
constexpr auto failed = precondition::failed;

} // namespace

TEST_CASE("without preconditions a request proceeds") {
    CHECK(get({}) == proceed);
    CHECK(put({}, nullptr) == proceed);
}

TEST_CASE("If-Match compares strongly") {
    CHECK(get({{"If-Match", etag}}) == proceed);
    CHECK(get({{"If-Match", R"("foo", "bar",	"abc" , "baz")"}}) == proceed);
    CHECK(get({{"If-Match", other}}) == failed);
    CHECK(get({{"If-Match", weak_etag}}) == failed);
    CHECK(get({{"If-Match", ""}}) == failed);
    const validators weak{weak_etag, modified};
    CHECK(evaluate(make_head({{"If-Match", weak_etag}}), &weak, now) == failed);
}

TEST_CASE("If-Match: * asks for existence only") {
    CHECK(put({{"If-Match", "*"}}) == proceed);
    CHECK(put({{"If-Match", "*"}}, nullptr) == failed);
    CHECK(put({{"If-Match", etag}}, nullptr) == failed);
    const validators untagged{"", modified};
    CHECK(put({{"If-Match", "*"}}, &untagged) == proceed);
    CHECK(put({{"If-Match", etag}}, &untagged) == failed);
}

TEST_CASE("If-Unmodified-Since fails when the file is newer") {
    CHECK(get({{"If-Unmodified-Since", same}}) == proceed);
    CHECK(get({{"If-Unmodified-Since", after}}) == proceed);
    CHECK(get({{"If-Unmodified-Since", before}}) == failed);
    CHECK(put({{"If-Unmodified-Since", before}}) == failed);
    CHECK(put({{"If-Unmodified-Since", before}}, nullptr) == proceed);
}

TEST_CASE("If-Match takes precedence over If-Unmodified-Since") {
    CHECK(get({{"If-Unmodified-Since", before}, {"If-Match", etag}}) == proceed);
    CHECK(get({{"If-Unmodified-Since", after}, {"If-Match", other}}) == failed);
}

TEST_CASE("If-None-Match compares weakly") {
    CHECK(get({{"If-None-Match", etag}}) == not_modified);
    CHECK(get({{"If-None-Match", weak_etag}}) == not_modified);
    CHECK(get({{"If-None-Match", R"(W/"12345", "abc")"}}) == not_modified);
    CHECK(get({{"If-None-Match", other}}) == proceed);
    CHECK(get({{"If-None-Match", "abc"}}) == proceed);
    CHECK(get({{"If-None-Match", R"("*")"}}) == proceed);
    CHECK(evaluate(make_head(verb::head, {{"If-None-Match", etag}}), &file, now) == not_modified);
}

TEST_CASE("a match of If-None-Match fails methods that change things") {
    CHECK(put({{"If-None-Match", etag}}) == failed);
    CHECK(put({{"If-None-Match", other}}) == proceed);
    CHECK(put({{"If-None-Match", "*"}}) == failed);
    CHECK(put({{"If-None-Match", "*"}}, nullptr) == proceed);
    CHECK(get({{"If-None-Match", "*"}}) == not_modified);
}

TEST_CASE("If-Modified-Since tells that the file is not newer") {
    CHECK(get({{"If-Modified-Since", same}}) == not_modified);
    CHECK(get({{"If-Modified-Since", after}}) == not_modified);
    CHECK(get({{"If-Modified-Since", before}}) == proceed);
    CHECK(get({{"If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT"}}) == not_modified);
    CHECK(get({{"If-Modified-Since", "Tue, 19 Jan 2038 03:14:07 GMT"}}) == not_modified);
    CHECK(evaluate(make_head(verb::head, {{"If-Modified-Since", same}}), &file, now) ==
          not_modified);
    CHECK(evaluate(make_head({{"If-Modified-Since", same}}), nullptr, now) == proceed);
}

TEST_CASE("If-Modified-Since is for GET and HEAD only") {
    CHECK(put({{"If-Modified-Since", same}}) == proceed);
    CHECK(evaluate(make_head(verb::delete_, {{"If-Modified-Since", same}}), &file, now) == proceed);
}

TEST_CASE("If-None-Match takes precedence over If-Modified-Since") {
    CHECK(get({{"If-None-Match", etag}, {"If-Modified-Since", before}}) == not_modified);
    CHECK(get({{"If-None-Match", other}, {"If-Modified-Since", same}}) == proceed);
    CHECK(get({{"If-Modified-Since", same}, {"If-None-Match", "foo"}}) == proceed);
}

TEST_CASE("If-None-Match is looked at after If-Match holds") {
    CHECK(get({{"If-Match", etag}, {"If-None-Match", etag}}) == not_modified);
    CHECK(get({{"If-Match", other}, {"If-None-Match", etag}}) == failed);
    CHECK(get({{"If-Unmodified-Since", same}, {"If-Modified-Since", same}}) == not_modified);
    CHECK(get({{"If-Unmodified-Since", before}, {"If-Modified-Since", same}}) == failed);
}

TEST_CASE("an invalid date is no condition") {
    const auto date = GENERATE(as<std::string>{}, "", "foo", "Sun, 06 Nov 1994 08:49:36 GMT; foo",
                               "0", "Sun, 06 Nov 1994 08:49:36 +0000",
                               "Sun, 06 Nov 1994 08:49:36 GMT, Sun, 06 Nov 1994 08:49:36 GMT");
    CHECK(get({{"If-Unmodified-Since", date}}) == proceed);
    CHECK(get({{"If-Modified-Since", date}}) == proceed);
}

TEST_CASE("a date on two lines is no condition") {
    CHECK(get({{"If-Modified-Since", same}, {"If-Modified-Since", same}}) == proceed);
    CHECK(get({{"If-Unmodified-Since", before}, {"If-Unmodified-Since", before}}) == proceed);
}

TEST_CASE("methods without a representation have no preconditions") {
    const auto method = GENERATE(verb::options, verb::trace, verb::connect);
    CHECK(evaluate(make_head(method, {{"If-Match", other}}), &file, now) == proceed);
    CHECK(evaluate(make_head(method, {{"If-None-Match", "*"}}), &file, now) == proceed);
}

TEST_CASE("without If-Range a range is allowed") {
    CHECK(if_range_allows(make_head({{"Range", "bytes=0-1"}}), file, now));
}

TEST_CASE("If-Range compares tags strongly") {
    CHECK(range_allowed(etag));
    CHECK_FALSE(range_allowed(other));
    CHECK_FALSE(range_allowed(weak_etag));
    CHECK_FALSE(range_allowed(weak_etag, {weak_etag, modified}));
    CHECK_FALSE(range_allowed("abc"));
    CHECK_FALSE(range_allowed("*"));
    CHECK_FALSE(range_allowed(R"("abc", "other")"));
    CHECK_FALSE(range_allowed(""));
}

TEST_CASE("If-Range compares dates exactly") {
    CHECK(range_allowed(same));
    CHECK(range_allowed("Sun Nov  6 08:49:37 1994"));
    CHECK_FALSE(range_allowed(before));
    CHECK_FALSE(range_allowed(after));
    CHECK_FALSE(range_allowed("foo"));
}

TEST_CASE("a date within the current second is too weak for If-Range") {
    CHECK_FALSE(range_allowed(same, file, modified));
    CHECK_FALSE(range_allowed(same, file, modified - 10));
    CHECK(range_allowed(same, file, modified + 1));
}

TEST_CASE("If-Range on two lines forbids the range") {
    CHECK_FALSE(if_range_allows(make_head({{"If-Range", etag}, {"If-Range", etag}}), file, now));
}
