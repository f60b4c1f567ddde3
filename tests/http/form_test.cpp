#include "http/form.hpp"

#include "ringlet/limits.hpp"
#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <string>
#include <string_view>

using namespace ringlet;
using namespace ringlet::http;
using namespace std::string_literals;

namespace {

name_values decoded(std::string_view text) {
    const testing::guarded_bytes guarded(text);
    name_values out{{"left", "over"}};
    INFO(text);
    REQUIRE(decode_form(guarded.view(), out));
    return out;
}

bool is_refused(std::string_view text) {
    const testing::guarded_bytes guarded(text);
    name_values out;
    return !decode_form(guarded.view(), out);
}

} // namespace

TEST_CASE("a form is decoded into its names and values, in order", "[http][form]") {
    CHECK(decoded("a=1&b=2&a=3") == name_values{{"a", "1"}, {"b", "2"}, {"a", "3"}});
    CHECK(decoded("q=a+b%20c%2B%26%3d%25") == name_values{{"q", "a b c+&=%"}});
    CHECK(decoded("%C3%A4+b=%e2%82%AC") == name_values{{"\u00e4 b", "\u20ac"}});
    CHECK(decoded("a=b=c&=d") == name_values{{"a", "b=c"}, {"", "d"}});
    CHECK(decoded("a=%00%0d%0a%ff") == name_values{{"a", "\0\r\n\xff"s}});
}

TEST_CASE("a name without an equals sign has an empty value", "[http][form]") {
    CHECK(decoded("a&b=&c") == name_values{{"a", ""}, {"b", ""}, {"c", ""}});
    CHECK(decoded("=") == name_values{{"", ""}});
}

TEST_CASE("empty sequences between ampersands are skipped", "[http][form]") {
    CHECK(decoded("").empty());
    CHECK(decoded("&&&").empty());
    CHECK(decoded("&a=1&&b=2&") == name_values{{"a", "1"}, {"b", "2"}});
}

TEST_CASE("a form with a malformed escape is refused", "[http][form]") {
    for (const char* text : {"%", "a=%", "a=%2", "a=%2&b=1", "a=%zz", "a=%2g", "%g2=a", "a=1&b%=2"})
        CHECK(is_refused(text));
}

TEST_CASE("the fields of a form are bounded", "[http][form]") {
    std::string text;
    for (std::size_t i = 0; i < limits::form_fields; ++i)
        text += "a&";
    CHECK(decoded(text).size() == limits::form_fields);
    CHECK(is_refused(text + "a"));
}
