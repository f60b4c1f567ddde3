#include "http/field_list.hpp"

#include "http/parser.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <concepts>
#include <iterator>
#include <ranges>
#include <string>
#include <string_view>

using namespace ringlet;
using namespace ringlet::http;

static_assert(std::ranges::forward_range<const field_list>);
static_assert(std::same_as<std::ranges::range_value_t<field_list>, field_view>);

TEST_CASE("fields come back in order, as views into the bytes they were added from",
          "[http][field_list]") {
    const std::string_view bytes = "Host: h\r\nX-Empty:\r\nAccept: */*\r\n";
    field_list fields(bytes.data());
    CHECK(fields.empty());
    fields.push_back({field_id::host, bytes.substr(0, 4), bytes.substr(6, 1)});
    fields.push_back({field_id::unknown, bytes.substr(9, 7), bytes.substr(17, 0)});
    fields.push_back({field_id::accept, bytes.substr(19, 6), bytes.substr(27, 3)});
    REQUIRE(fields.size() == 3);
    CHECK_FALSE(fields.empty());

    std::string seen;
    for (const field_view& f : fields)
        seen.append(f.name).append("=").append(f.value).append(";");
    CHECK(seen == "Host=h;X-Empty=;Accept=*/*;");
    CHECK(fields[2].id == field_id::accept);
    CHECK(fields[2].name.data() == bytes.data() + 19);
    CHECK(fields[2].value.data() == bytes.data() + 27);
}

TEST_CASE("a list works with algorithms", "[http][field_list]") {
    const std::string_view bytes = "abc";
    field_list fields(bytes.data());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        fields.push_back({field_id::unknown, bytes.substr(i, 1), {bytes.data(), 0}});
    const auto at = std::ranges::find(fields, "b", &field_view::name);
    REQUIRE(at != fields.end());
    CHECK((*at).name == "b");
    CHECK((*std::next(at)).name == "c");
    CHECK(std::ranges::distance(fields) == 3);
    CHECK(std::ranges::none_of(fields, [](const field_view& f) { return f.name == "d"; }));
}

TEST_CASE("a list that is emptied starts anew at other bytes", "[http][field_list]") {
    const std::string_view one = "one", two = "two";
    field_list fields(one.data());
    fields.push_back({field_id::unknown, one, one});
    fields.clear(two.data());
    CHECK(fields.empty());
    CHECK(fields.begin() == fields.end());
    fields.push_back({field_id::unknown, two, two});
    REQUIRE(fields.size() == 1);
    CHECK(fields[0].name == "two");
}

TEST_CASE("a head has the fields it was given, and no others", "[http][field_list]") {
    const std::string_view bytes = "x";
    for (unsigned given = 0; given < 350; ++given) {
        request_head head;
        head.fields.clear(bytes.data());
        head.fields.push_back({static_cast<field_id>(given), bytes, bytes});
        for (unsigned other = 0; other < 350; ++other)
            REQUIRE(head.find(static_cast<field_id>(other)).has_value() == (other == given));
        CHECK(head.fields.may_have(static_cast<field_id>(given)));
        head.clear();
        CHECK_FALSE(head.fields.may_have(static_cast<field_id>(given)));
    }
}

TEST_CASE("a copied head has its own list of the same fields", "[http][field_list]") {
    std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 80; ++i) // more than fit inline
        bytes += "X-" + std::to_string(i) + ": " + std::to_string(i * i) + "\r\n";
    bytes += "\r\n";
    request_head head;
    REQUIRE(parse_request_head(bytes, head).what == outcome::complete);
    const request_head copy = head;
    head = request_head{};
    CHECK(head.fields.empty());
    REQUIRE(copy.fields.size() == 81);
    CHECK(copy.fields[80].name == "X-79");
    CHECK(copy.fields[80].value == "6241");
}

TEST_CASE("fields at the far end of the longest head are reached", "[http][field_list]") {
    std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
    const std::string_view last = "\r\nRange: z\r\n\r\n";
    bytes.resize(default_limits.head_bytes - last.size(), 'x');
    bytes += last;
    request_head head;
    REQUIRE(parse_request_head(bytes, head).what == outcome::complete);
    REQUIRE(head.find(field_id::range).has_value());
    CHECK(head.find(field_id::range)->value == "z");
    CHECK(head.fields[1].value.size() == bytes.size() - last.size() - 28);
    CHECK_FALSE(head.find(field_id::accept).has_value());
}
