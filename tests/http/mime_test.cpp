#include "http/mime.hpp"

#include "support/catch.hpp"

#include <string>

using namespace ringlet::http;

namespace {

std::string type_of(std::string_view path) {
    return std::string{mime_types{}.content_type(path)};
}

constexpr std::string_view unknown = "application/octet-stream";

} // namespace

TEST_CASE("text is UTF-8") {
    CHECK(type_of("index.html") == "text/html; charset=utf-8");
    CHECK(type_of("index.htm") == "text/html; charset=utf-8");
    CHECK(type_of("style.css") == "text/css; charset=utf-8");
    CHECK(type_of("a.txt") == "text/plain; charset=utf-8");
    CHECK(type_of("a.md") == "text/markdown; charset=utf-8");
    CHECK(type_of("a.csv") == "text/csv; charset=utf-8");
}

TEST_CASE("scripts are text/javascript (RFC 9239)") {
    CHECK(type_of("app.js") == "text/javascript; charset=utf-8");
    CHECK(type_of("app.mjs") == "text/javascript; charset=utf-8");
}

TEST_CASE("JSON, XML and SVG have no charset") {
    CHECK(type_of("a.json") == "application/json");
    CHECK(type_of("manifest.json") == "application/json");
    CHECK(type_of("app.js.map") == "application/json");
    CHECK(type_of("site.webmanifest") == "application/manifest+json");
    CHECK(type_of("feed.xml") == "application/xml");
    CHECK(type_of("logo.svg") == "image/svg+xml");
}

TEST_CASE("images, fonts, media and archives are known") {
    CHECK(type_of("a.png") == "image/png");
    CHECK(type_of("a.jpg") == "image/jpeg");
    CHECK(type_of("a.jpeg") == "image/jpeg");
    CHECK(type_of("a.gif") == "image/gif");
    CHECK(type_of("a.webp") == "image/webp");
    CHECK(type_of("a.avif") == "image/avif");
    CHECK(type_of("favicon.ico") == "image/vnd.microsoft.icon");
    CHECK(type_of("a.woff") == "font/woff");
    CHECK(type_of("a.woff2") == "font/woff2");
    CHECK(type_of("a.ttf") == "font/ttf");
    CHECK(type_of("a.otf") == "font/otf");
    CHECK(type_of("a.wasm") == "application/wasm");
    CHECK(type_of("a.pdf") == "application/pdf");
    CHECK(type_of("a.mp4") == "video/mp4");
    CHECK(type_of("a.webm") == "video/webm");
    CHECK(type_of("a.mp3") == "audio/mpeg");
    CHECK(type_of("a.ogg") == "audio/ogg");
    CHECK(type_of("a.zip") == "application/zip");
    CHECK(type_of("a.tar") == "application/x-tar");
    CHECK(type_of("a.tar.gz") == "application/gzip");
    CHECK(type_of("a.zst") == "application/zstd");
    // The ends of the table.
    CHECK(type_of("a.3gp") == "video/3gpp");
    CHECK(type_of("a.7z") == "application/x-7z-compressed");
}

TEST_CASE("the last suffix of the last segment counts, in any case") {
    CHECK(type_of("/a.b/c/INDEX.HtMl") == "text/html; charset=utf-8");
    CHECK(type_of("/do..txt") == "text/plain; charset=utf-8");
    CHECK(type_of("/x.html.png") == "image/png");
}

TEST_CASE("a path without a known suffix is an octet stream") {
    const auto path =
        GENERATE(as<std::string>{}, "", "/", "README", "/dir.html/file", "a.", "/.html", ".png",
                 "a.unheard-of", "/dir.png/", "a.htmll", "a.htm\xff", "a.h tml",
                 "a.a-suffix-that-is-much-longer-than-any-that-is-known");
    CAPTURE(path);
    CHECK(type_of(path) == unknown);
}

TEST_CASE("a types file adds suffixes") {
    mime_types types;
    types.load("# comment\n"
               "\n"
               "application/x-new\t\t\tnew NEWER\n"
               "TEXT/x-odd odd # not this\r\n"
               "application/none\n"
               "application/last last");
    CHECK(types.content_type("a.new") == "application/x-new");
    CHECK(types.content_type("a.newer") == "application/x-new");
    CHECK(types.content_type("a.ODD") == "TEXT/x-odd; charset=utf-8");
    CHECK(types.content_type("a.not") == unknown);
    CHECK(types.content_type("a.last") == "application/last");
    CHECK(types.content_type("a.html") == "text/html; charset=utf-8");
}

TEST_CASE("a types file replaces built-in types, but not those of the web") {
    mime_types types;
    types.load("video/matroska mkv\n"
               "application/javascript js mjs\n"
               "text/vnd.trolltech.linguist ts\n"
               "text/xml xml\n"
               "application/font-woff woff\n");
    CHECK(types.content_type("a.mkv") == "video/matroska");
    CHECK(types.content_type("a.js") == "text/javascript; charset=utf-8");
    CHECK(types.content_type("a.mjs") == "text/javascript; charset=utf-8");
    CHECK(types.content_type("a.ts") == "video/mp2t");
    CHECK(types.content_type("a.xml") == "application/xml");
    CHECK(types.content_type("a.woff") == "font/woff");
}

TEST_CASE("a later entry replaces an earlier one") {
    mime_types types;
    types.load("a/first x\na/second x\n");
    CHECK(types.content_type("f.x") == "a/second");
    types.load("a/third x\n");
    CHECK(types.content_type("f.x") == "a/third");
}

TEST_CASE("what is malformed in a types file is skipped") {
    mime_types types;
    types.load("plain bad1\n"
               "/x bad2\n"
               "x/ bad3\n"
               "a/b;c bad4\n"
               "a/b/c bad5\n"
               "a/b\x01 bad6\n"
               "a/good ok; fine a-suffix-that-is-much-longer-than-any\n");
    for (const auto* path : {"f.bad1", "f.bad2", "f.bad3", "f.bad4", "f.bad5", "f.bad6", "f.ok;"})
        CHECK(types.content_type(path) == unknown);
    CHECK(types.content_type("f.fine") == "a/good");
}

TEST_CASE("views survive later loads") {
    mime_types types;
    types.load("application/x-a-rather-long-type-name one\n");
    const std::string_view view = types.content_type("f.one");
    for (int i = 0; i < 1000; ++i)
        types.load("application/x-replacement-type one\n");
    CHECK(view == "application/x-a-rather-long-type-name");
    CHECK(types.content_type("f.one") == "application/x-replacement-type");
}
