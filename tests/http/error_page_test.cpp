#include "http/error_page.hpp"

#include "support/catch.hpp"

#include <string>

using namespace ringlet::http;

namespace {

std::string page(status s, std::string_view detail = {}, std::string_view request_id = {}) {
    std::string out;
    error_page(out, s, detail, request_id);
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    html_escape(out, text);
    return out;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("what means something in HTML is escaped") {
    CHECK(escaped(R"(<a href="x" id='y'>&amp;</a>)") ==
          "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
    CHECK(escaped("gr\u00fc\u00dfe") == "gr\u00fc\u00dfe");
    CHECK(escaped("").empty());
}

TEST_CASE("escaping and pages append") {
    std::string out = "x";
    html_escape(out, "<");
    CHECK(out == "x&lt;");
    error_page(out, status::not_found, "");
    CHECK(out.starts_with("x&lt;<!DOCTYPE html>"));
}

TEST_CASE("a page says the status in its title and heading, and one sentence") {
    const std::string text = page(status::not_found);
    CHECK(contains(text, "<title>404 Not Found</title>"));
    CHECK(contains(text, "<h1>404 Not Found</h1>"));
    CHECK(contains(text, "<p>There is nothing at this address.</p>"));
    CHECK_FALSE(contains(text, "<code>"));
    CHECK(contains(page(status::forbidden), "<title>403 Forbidden</title>"));
    CHECK(contains(page(status::internal_server_error), "500 Internal Server Error"));
}

TEST_CASE("a page whose status has no name is titled by its number") {
    const std::string text = page(static_cast<status>(418));
    CHECK(contains(text, "<title>418</title>"));
    CHECK(contains(text, "<h1>418</h1>"));
}

TEST_CASE("a page is dark where the reader wants it dark, and loads nothing") {
    const std::string text = page(status::bad_request, "why");
    CHECK(contains(text, R"(<meta name="color-scheme" content="light dark">)"));
    CHECK(contains(text, R"(<meta charset="utf-8">)"));
    CHECK_FALSE(contains(text, "http:"));
    CHECK_FALSE(contains(text, "src="));
    CHECK_FALSE(contains(text, "href="));
    CHECK_FALSE(contains(text, "ringlet"));
}

TEST_CASE("the detail is shown escaped") {
    CHECK(contains(page(status::not_found, "/<script>"), "<code>/&lt;script&gt;</code>"));
}

TEST_CASE("the request's id is shown in small, escaped") {
    const std::string text = page(status::not_found, "why", "4f2a<b>");
    CHECK(contains(text, "<p><small>Request <code>4f2a&lt;b&gt;</code></small></p>"));
    CHECK_FALSE(contains(page(status::not_found, "why"), "Request"));
    CHECK(contains(page(status::not_found, "", "4f2a"), "<code>4f2a</code>"));
    CHECK(contains(page(status::not_found, "", std::string(64, 'x')), std::string(64, 'x') + "<"));
}

TEST_CASE("every status has a page below 1 KiB, whatever the detail and the request's id") {
    for (unsigned code = 400; code < 600; ++code)
        for (const char c : {'x', '"', '\n', '\xbf'}) {
            const std::string longest(5000, c);
            const std::string text = page(static_cast<status>(code), longest, longest);
            REQUIRE(text.size() < 1024);
            REQUIRE(contains(text, "<title>" + std::to_string(code)));
            REQUIRE(contains(text, "\u2026</code></p>\n<p><small>Request <code>"));
            REQUIRE(text.ends_with("\u2026</code></small></p>\n</html>\n"));
        }
}

TEST_CASE("a long detail is cut between characters") {
    for (std::size_t shift = 0; shift < 3; ++shift) {
        std::string detail(shift, 'x');
        for (int i = 0; i < 400; ++i)
            detail += "\u20ac";
        const std::string text = page(status::not_found, detail);
        CHECK(contains(text, "\u20ac\u2026</code>"));
    }
}

TEST_CASE("a detail that fits is not cut") {
    const std::string detail(200, 'x');
    const std::string text = page(status::not_found, detail);
    CHECK(contains(text, "<code>" + detail + "</code>"));
    CHECK_FALSE(contains(text, "\u2026"));
}
