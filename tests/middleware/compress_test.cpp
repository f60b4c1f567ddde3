#include "full_pool.hpp"
#include "ringlet/sleep.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/decompress.hpp"
#include "support/temporary_folder.hpp"

#include <stdexcept>

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::chrono_literals;

namespace {

std::string prose(std::size_t size) {
    std::string all;
    for (int i = 0; all.size() < size; ++i)
        all += "line " + std::to_string(i * i) + " of a text that says little\n";
    all.resize(size);
    return all;
}

const std::string page = prose(20'000);

/// A site that answers everything with one response.
struct compressed_site {
    explicit compressed_site(response r, std::vector<middleware> outside = {},
                             compress_options options = {})
        : answer(std::move(r)) {
        for (middleware& m : outside)
            app.use(std::move(m));
        app.use(compress(options));
        app.get("/", [this](request&) { return copy(); });
    }
    awaitable<response> copy() { co_return answer; }

    test::answer get(const std::string& accept) {
        return test::client(app).get("/", {{"Accept-Encoding", accept}});
    }

    response answer;
    server app;
};

std::string decode(const test::answer& a) {
    const std::string_view coding = a.field("Content-Encoding");
    if (coding.empty())
        return a.body;
    const decoded d = coding == "br" ? unbrotli(a.body) : gunzip(a.body);
    CHECK(d.complete);
    return d.text;
}

bool is_as_it_was(const test::answer& a) {
    return a.field("Content-Encoding").empty() && a.body == page;
}

awaitable<void> write_page(writer& out) {
    for (std::size_t at = 0; at < page.size(); at += 1000)
        co_await out.write(std::string_view(page).substr(at, 1000));
}

/// The content of a chunked answer as far as it has come.
std::string dechunk(std::string_view raw) {
    std::string content;
    raw.remove_prefix(raw.find("\r\n\r\n") + 4);
    while (!raw.empty()) {
        const std::size_t size =
            std::stoul(std::string(raw.substr(0, raw.find('\r'))), nullptr, 16);
        raw.remove_prefix(raw.find('\n') + 1);
        content += raw.substr(0, size);
        raw.remove_prefix(size + 2);
    }
    return content;
}

} // namespace

TEST_CASE("a text is compressed as the client likes it best, br before gzip") {
    compressed_site site(text(page));
    const auto [accept, coding] = GENERATE(table<std::string, std::string>({
        {"gzip, deflate, br, zstd", "br"},
        {"gzip;q=0.5, br;q=0.5", "br"},
        {"*", "br"},
        {"zstd, gzip;q=0.5", "gzip"},
        {"gzip", "gzip"},
        {"x-gzip", "gzip"},
        {"br;q=0.5, gzip", "gzip"},
        {"br;q=0, *", "gzip"},
    }));
    CAPTURE(accept);
    const auto a = site.get(accept);
    CHECK(a.status == 200);
    CHECK(a.field("Content-Encoding") == coding);
    CHECK(a.field("Content-Type") == "text/plain; charset=utf-8");
    CHECK(a.field("Vary") == "Accept-Encoding");
    CHECK(a.field("Content-Length") == std::to_string(a.body.size()));
    CHECK(a.body.size() < page.size() / 3);
    CHECK((decode(a) == page));
}

TEST_CASE("a client that likes nothing of it gets the text as it is") {
    compressed_site site(text(page));
    const auto accept = GENERATE(as<std::string>{}, "", "identity", "zstd", "deflate",
                                 "gzip;q=0.5, identity", "gzip;q=0, br;q=0", "identity;q=0");
    CAPTURE(accept);
    const auto a = site.get(accept);
    CHECK(is_as_it_was(a));
    CHECK(a.field("Vary") == "Accept-Encoding");
    CHECK(is_as_it_was(test::client(site.app).get("/")));
}

TEST_CASE("levels are the options' to say") {
    compressed_site quick(text(page), {}, {.gzip_level = 1, .brotli_level = 0});
    compressed_site small(text(page), {}, {.gzip_level = 9, .brotli_level = 11});
    for (const char* coding : {"gzip", "br"}) {
        CHECK((decode(quick.get(coding)) == page));
        CHECK((decode(small.get(coding)) == page));
        CHECK(small.get(coding).body.size() < quick.get(coding).body.size());
    }
    CHECK_THROWS_AS(compress({.gzip_level = 0}), std::invalid_argument);
    CHECK_THROWS_AS(compress({.gzip_level = 10}), std::invalid_argument);
    CHECK_THROWS_AS(compress({.brotli_level = -1}), std::invalid_argument);
    CHECK_THROWS_AS(compress({.brotli_level = 12}), std::invalid_argument);
}

TEST_CASE("a small text is not worth it") {
    compressed_site small(text(prose(1023)));
    const auto a = small.get("gzip");
    CHECK(a.field("Content-Encoding").empty());
    CHECK(a.field("Vary") == "Accept-Encoding"); // another time it may be longer
    compressed_site enough(text(prose(1024)));
    CHECK(enough.get("gzip").field("Content-Encoding") == "gzip");
    compressed_site shortest(text("x"), {}, {.least_bytes = 0});
    CHECK(decode(shortest.get("gzip")) == "x");
}

TEST_CASE("a type that is compressed as it is stays, and depends on nothing") {
    for (const char* type : {"image/png", "application/zip", "video/mp4"}) {
        compressed_site site({200, std::string(type), page});
        const auto a = site.get("gzip");
        CHECK(is_as_it_was(a));
        CHECK(a.field("Vary").empty());
    }
    compressed_site json({200, "application/json", page});
    CHECK(json.get("gzip").field("Content-Encoding") == "gzip");
}

TEST_CASE("what has a coding already keeps it") {
    response r = text(page);
    r.set("content-encoding", "zstd");
    compressed_site site(r);
    const auto a = site.get("gzip");
    CHECK(a.field("Content-Encoding") == "zstd");
    CHECK(a.body == page);
}

TEST_CASE("a part of something is not compressed, an error is") {
    response part = text(page);
    part.status = 206;
    part.set("Content-Range", "bytes 0-19999/50000");
    CHECK(is_as_it_was(compressed_site(part).get("gzip")));

    response error = text(page);
    error.status = 404;
    const auto a = compressed_site(error).get("gzip");
    CHECK(a.status == 404);
    CHECK((decode(a) == page));
}

TEST_CASE("an answer without content gets no coding") {
    for (const unsigned code : {204U, 304U}) {
        response r = text(page);
        r.status = code;
        const auto a = compressed_site(r).get("gzip");
        CHECK(a.status == code);
        CHECK(a.field("Content-Encoding").empty());
        CHECK(a.body.empty());
    }
}

TEST_CASE("HEAD has the head that GET has") {
    compressed_site site(text(page));
    test::client client(site.app);
    const test::field_list gzip = {{"Accept-Encoding", "gzip"}};
    const auto head = client.send({"HEAD", "/", gzip});
    const auto get = client.get("/", gzip);
    CHECK(get.field("Content-Encoding") == "gzip");
    for (const char* name : {"Content-Encoding", "Content-Length", "Content-Type", "Vary"})
        CHECK(head.field(name) == get.field(name));
    CHECK(head.body.empty());
}

TEST_CASE("Cache-Control: no-transform is obeyed") {
    response r = text(page);
    r.add("Cache-Control", "private");
    r.add("Cache-Control", "max-age=60, No-Transform");
    CHECK(is_as_it_was(compressed_site(r).get("gzip")));
}

TEST_CASE("Accept-Encoding joins a Vary that is there, once") {
    response r = text(page);
    r.set("Vary", "Cookie");
    CHECK(compressed_site(r).get("gzip").field("Vary") == "Cookie, Accept-Encoding");
    r.set("Vary", "accept-encoding");
    CHECK(compressed_site(r).get("gzip").field("Vary") == "accept-encoding");
}

TEST_CASE("a strong entity tag becomes weak where the bytes are others") {
    response r = text(page);
    r.set("etag", "\"one\"");
    compressed_site site(r);
    CHECK(site.get("gzip").field("ETag") == "W/\"one\"");
    CHECK(site.get("identity").field("ETag") == "\"one\"");
    r.set("ETag", "W/\"one\"");
    CHECK(compressed_site(r).get("gzip").field("ETag") == "W/\"one\"");
}

TEST_CASE("a long text is compressed on the pool, and stays as it is where that has no room") {
    const std::string longer = prose(300'000);
    const auto a = compressed_site(text(longer)).get("gzip");
    CHECK(a.field("Content-Encoding") == "gzip");
    CHECK((decode(a) == longer));

    response r = text(longer);
    r.set("ETag", "\"one\"");
    const auto b = compressed_site(r, {with_full_pool}).get("gzip");
    CHECK(b.status == 200);
    CHECK(b.field("Content-Encoding").empty());
    CHECK(b.field("ETag") == "\"one\"");
    CHECK(b.field("Vary") == "Accept-Encoding");
    CHECK((b.body == longer));

    // A shorter one does not need it.
    CHECK(compressed_site(text(page), {with_full_pool}).get("gzip").field("Content-Encoding") ==
          "gzip");
}

TEST_CASE("a stream is compressed, whatever its length was to be") {
    for (const char* coding : {"gzip", "br"})
        for (const response& r :
             {stream("text/plain", write_page), stream("text/plain", page.size(), write_page)}) {
            compressed_site site(r);
            for (int time = 0; time < 2; ++time) { // the response is the same, and stays it
                const auto a = site.get(coding);
                CHECK(a.complete);
                CHECK(a.field("Content-Encoding") == coding);
                CHECK(a.field("Content-Length").empty());
                CHECK(a.field("Vary") == "Accept-Encoding");
                CHECK(a.body.size() < page.size() / 2);
                CHECK((decode(a) == page));
            }
            CHECK(is_as_it_was(site.get("identity")));
        }
}

TEST_CASE("a stream of nothing is still a whole content") {
    compressed_site site(stream("text/plain", [](writer& out) { return out.write(""); }));
    for (const char* coding : {"gzip", "br"}) {
        const auto a = site.get(coding);
        CHECK(a.complete);
        CHECK(a.field("Content-Encoding") == coding);
        CHECK(decode(a).empty());
    }
}

TEST_CASE("a stream of another type is left alone") {
    compressed_site site(stream("image/png", page.size(), write_page));
    const auto a = site.get("gzip");
    CHECK(is_as_it_was(a));
    CHECK(a.field("Content-Length") == std::to_string(page.size()));
    CHECK(a.field("Vary").empty());
}

TEST_CASE("large pieces of a stream are compressed too, with and without room on the pool") {
    const std::string piece = prose(200'000);
    const auto twice = [&piece](writer& out) -> awaitable<void> {
        co_await out.write(piece);
        const auto gate = std::make_shared<pool_gate>();
        co_await fill_pool(gate);
        co_await out.write(piece);
        gate->open.count_down();
    };
    compressed_site site(stream("text/plain", twice));
    CHECK((decode(site.get("gzip")) == piece + piece));
    CHECK((decode(site.get("br")) == piece + piece));
}

TEST_CASE("each piece of a stream arrives when it is written") {
    const auto forever = [](writer& out) -> awaitable<void> {
        for (int i = 0;; ++i) {
            const std::string piece = "piece " + std::to_string(i) + "\n";
            co_await out.write(piece);
            co_await sleep_for(1s);
        }
    };
    compressed_site site(stream("text/plain", forever));
    test::client client(site.app);
    const auto come = [&client](std::string coding) {
        return dechunk(client.leave_after({"GET", "/", {{"Accept-Encoding", coding}}}, 2500ms));
    };
    const decoded zipped = gunzip(come("gzip"));
    CHECK(zipped.text == "piece 0\npiece 1\npiece 2\n");
    CHECK_FALSE(zipped.complete);
    CHECK(unbrotli(come("br")).text == "piece 0\npiece 1\npiece 2\n");
}

TEST_CASE("each event arrives when it is sent") {
    const auto ticks = [](event_writer& out) -> awaitable<void> {
        for (int i = 0;; ++i) {
            const std::string tick = "tick " + std::to_string(i);
            co_await out.send(tick);
            co_await sleep_for(1s);
        }
    };
    compressed_site site(events(ticks));
    const std::string raw =
        test::client(site.app).leave_after({"GET", "/", {{"Accept-Encoding", "gzip"}}}, 1500ms);
    CHECK(raw.find("Content-Encoding: gzip") != std::string::npos);
    CHECK(gunzip(dechunk(raw)).text == "data: tick 0\n\ndata: tick 1\n\n");
}

TEST_CASE("a compressed stream that breaks off, or breaks its promise, does not look complete") {
    const auto breaks = [](writer& out) -> awaitable<void> {
        co_await out.write(page);
        throw std::runtime_error("a bug");
    };
    for (const response& r :
         {stream("text/plain", breaks), stream("text/plain", page.size() + 1, write_page),
          stream("text/plain", page.size() - 1, write_page)}) {
        const auto a = compressed_site(r).get("gzip");
        CHECK_FALSE(a.complete);
        CHECK_FALSE(gunzip(a.body).complete);
    }
}

TEST_CASE("files have their own neighbours, and are left alone") {
    temporary_folder folder;
    folder.write("page.txt", page);
    folder.write("packed.txt", page);
    folder.write("packed.txt.gz", "as if packed");
    server app;
    app.use(compress());
    app.files("/", folder.path());
    test::client client(app);
    const auto plain = client.get("/page.txt", {{"Accept-Encoding", "gzip"}});
    CHECK(is_as_it_was(plain));
    CHECK(plain.field("Vary") == "Accept-Encoding");
    CHECK(plain.field("ETag").starts_with('"'));
    const auto packed = client.get("/packed.txt", {{"Accept-Encoding", "gzip"}});
    CHECK(packed.field("Content-Encoding") == "gzip");
    CHECK(packed.body == "as if packed");
}
