// What a worker remembers of files changes nothing of what it says.
#include "e2e/api_app.hpp"

#include <optional>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

/// The whole answer but Date, and whether the connection ends; boundaries of parts are all alike.
std::string said(raw_client& client, const std::string& request, std::string_view method,
                 bool ends) {
    const auto a = client.offer(request).read_answer(method);
    if (!a)
        return "nothing";
    std::string all = a->head + a->body + (a->complete ? "" : "(cut)");
    const std::string date = a->field("Date");
    all.replace(all.find(date), date.size(), "now");
    const std::string mark = "boundary=";
    if (const auto at = all.find(mark); at != all.npos) {
        const auto from = at + mark.size();
        const std::string boundary = all.substr(from, all.find("\r\n", from) - from);
        for (auto b = all.find(boundary); b != all.npos; b = all.find(boundary))
            all.replace(b, boundary.size(), "*");
    }
    if (ends)
        all += client.at_end() ? "(end)" : "(more)";
    return all;
}

/// Two servers of one site, one of which remembers nothing.
struct twins {
    explicit twins(const test_site& site)
        : with(serve(site.path(), {"--workers", "1"})),
          without(serve(site.path(), {"--workers", "1", "--cache-bytes", "0"})) {
        // A date is no strong validator in the first moments (RFC 9110 section 8.8.2.2).
        const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
        for (const auto& [name, bytes] : site.files())
            fs::last_write_time(site.path() / name, old);
    }

    /// Asks both, more than once, and compares. Returns what was said.
    std::string compare(const std::string& request, std::string_view method = "GET") {
        CAPTURE(request);
        const bool ends = request.find("Connection: close") != request.npos ||
                          (request.find("HTTP/1.0") != request.npos &&
                           request.find("keep-alive") == request.npos);
        std::optional<raw_client> first, second;
        std::string last;
        for (int i = 0; i < 3; ++i) {
            if (i == 0 || ends) {
                first.emplace(with.port());
                second.emplace(without.port());
            }
            last = said(*second, request, method, ends);
            const std::string other = said(*first, request, method, ends);
            if (other != last) // in full it would be long
                FAIL_CHECK("time " << i << ": " << other.substr(0, 1000) << "\ninstead of\n"
                                   << last.substr(0, 1000));
        }
        return last;
    }

    server_process with, without;
};

std::vector<std::string> field_lines(const std::string& etag, const std::string& modified) {
    std::vector<std::string> all{
        "",
        "Range: bytes=0-0\r\n",
        "Range: bytes=5-99\r\n",
        "Range: bytes=-7\r\n",
        "Range: bytes=1-2,5-\r\n",
        "Range: bytes=0-1,3-4,-1\r\n",
        "Range: bytes=900000000-\r\n",
        "Range: lines=1-2\r\n",
        "Range: bytes=0-1\r\nRange: bytes=2-3\r\n",
        "If-None-Match: *\r\n",
        "If-None-Match: \"other\"\r\n",
        "If-Match: \"other\"\r\n",
        "If-Match: *\r\n",
        "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        "If-Range: \"other\"\r\nRange: bytes=0-0\r\n",
        "Accept-Encoding: gzip\r\n",
        "Accept-Encoding: br, gzip, zstd\r\n",
        "Accept-Encoding: br;q=0.1, zstd;q=0.5, identity;q=0.2\r\n",
        "Accept-Encoding: identity;q=0\r\n",
        "Accept-Encoding: *\r\n",
        "Accept-Encoding: br\r\nRange: bytes=2-5\r\n",
        "Content-Length: 3\r\n\r\nabc",
        "Expect: 100-continue\r\nContent-Length: 3\r\n",
        "Connection: close\r\n",
        "Connection: close\r\nContent-Length: 3\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    };
    if (!etag.empty())
        for (const char* before : {"If-None-Match: ", "If-Match: "})
            all.push_back(before + etag + "\r\n");
    if (!modified.empty()) {
        all.push_back("If-Modified-Since: " + modified + "\r\n");
        all.push_back("If-Unmodified-Since: " + modified + "\r\n");
        all.push_back("If-Range: " + etag + "\r\nRange: bytes=1-3\r\n");
        all.push_back("If-Range: " + modified + "\r\nRange: bytes=1-3\r\n");
    }
    return all;
}

/// `fields` may have content behind them.
std::string request_of(std::string_view method, const std::string& target,
                       const std::string& fields, const char* version = "HTTP/1.1") {
    std::string text(method);
    text += ' ' + target + ' ' + version + "\r\nHost: localhost\r\n" + fields;
    return fields.find("\r\n\r\n") == fields.npos ? text + "\r\n" : text;
}

} // namespace

TEST_CASE("what is remembered is answered byte for byte as what is not") {
    const test_site site;
    twins servers(site);
    const auto targets = {"/one.txt",       "/empty.txt",       "/app.js", "/style.css",
                          "/edge-16-1.bin", "/edge-16-2.bin",   "/",       "/edge-64-1.bin",
                          "/missing",       "/edge-64-2.bin?q", "/pages"};
    for (const std::string target : targets) {
        const answer plain = ask(servers.with.port(), target);
        for (const std::string& fields :
             field_lines(plain.field("ETag"), plain.field("Last-Modified")))
            for (const char* method : {"GET", "HEAD"})
                servers.compare(request_of(method, target, fields), method);
    }
}

TEST_CASE("clients of HTTP/1.0 are answered from memory as from the file") {
    const test_site site;
    twins servers(site);
    for (const std::string target : {"/one.txt", "/edge-16-2.bin", "/missing", "/pages"})
        for (const std::string fields : {"", "Connection: keep-alive\r\n", "Connection: close\r\n",
                                         "Connection: keep-alive\r\nIf-None-Match: *\r\n"})
            for (const char* method : {"GET", "HEAD"})
                servers.compare(request_of(method, target, fields, "HTTP/1.0"), method);
}

TEST_CASE("all methods, and all spellings of a target, are answered as without memory") {
    const test_site site;
    twins servers(site);
    for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"})
        for (const std::string target : {"/one.txt", "/missing", "/pages", "/"})
            servers.compare(request_of(method, target, "Content-Length: 0\r\n"), method);
    for (const std::string target : {"/one.txt",
                                     "/%6fne.txt",
                                     "/%6Fne.txt",
                                     "//one.txt",
                                     "/./one.txt",
                                     "/pages/../one.txt",
                                     "/one.txt?",
                                     "/one.txt?a=b?c",
                                     "/one.txt/",
                                     "/one.txt/.",
                                     "/one.txt%00",
                                     "/one%2etxt",
                                     "/one.txt%3f",
                                     "/ONE.TXT",
                                     "/../one.txt",
                                     "/..",
                                     "/.",
                                     "/pages",
                                     "/pages/",
                                     "/pages?x",
                                     "/pages//",
                                     "/pages/.",
                                     "/pages/index.html",
                                     "/pages%2findex.html",
                                     "=/one.txt",
                                     "one.txt",
                                     "*",
                                     "http://localhost/one.txt",
                                     "http://localhost",
                                     "https://localhost/",
                                     "/a%20file%20with%20spaces.css",
                                     "/%",
                                     "/%zz",
                                     "/one.txt%",
                                     "/.hidden",
                                     "/app.js.gz"})
        for (const char* method : {"GET", "HEAD"})
            servers.compare(request_of(method, target, ""), method);
}

TEST_CASE("each coding of a file that is remembered goes to those who accept it") {
    const test_site site;
    const server_process server(serve(site.path(), {"--workers", "1"}));
    raw_client client(server.port());
    const auto get = [&](const std::string& accepted) {
        const std::string fields = accepted.empty() ? "" : "Accept-Encoding: " + accepted + "\r\n";
        const auto a = client.send(request_text("/app.js", fields)).read_answer();
        REQUIRE(a);
        CHECK(a->field("Vary") == "Accept-Encoding");
        const std::string coding = a->field("Content-Encoding");
        const std::string suffix = coding == "gzip" ? ".gz"
                                   : coding == "br" ? ".br"
                                   : coding.empty() ? ""
                                                    : ".zst";
        CHECK((a->body == site["app.js" + suffix]));
        return coding;
    };
    for (int i = 0; i < 3; ++i) {
        CHECK(get("") == "");
        CHECK(get("gzip") == "gzip");
        CHECK(get("br") == "br");
        CHECK(get("zstd") == "zstd");
        CHECK(get("gzip, zstd;q=0.9, br;q=0.8") == "gzip");
        CHECK(get("identity, br;q=0.5") == "");
        CHECK(get("gzip;q=0") == "");
    }
}

TEST_CASE(
    "files behind middleware are for nobody who does not pass it, however they are asked for") {
    const api_app app;
    const std::string secret = "not for everybody";
    fs::create_directory(app.folder.path() / "guarded");
    app.folder.write("s.txt", secret);
    app.folder.write("guarded/s.txt", secret);
    fs::create_directory(app.folder.path() / "deep");
    app.folder.write("deep/s.txt", secret);
    const auto ways = {"/guarded/s.txt",
                       "/guarded/%73.txt",
                       "/%67uarded/s.txt",
                       "//guarded/s.txt",
                       "/guarded//s.txt",
                       "/./guarded/s.txt",
                       "/guarded/./s.txt",
                       "/x/../guarded/s.txt",
                       "/guarded/x/../s.txt",
                       "/guarded/s.txt?",
                       "/guarded/s.txt?x=/s.txt",
                       "=/guarded/s.txt",
                       "http://localhost/guarded/s.txt",
                       "=http://localhost/guarded/s.txt",
                       "/both/guarded/s.txt",
                       "/both//guarded/s.txt",
                       "/both/%67uarded/s.txt",
                       "/both/x/../guarded/s.txt",
                       "=/both/guarded/s.txt",
                       "/kept/s.txt",
                       "/kept/deep/s.txt",
                       "/kept/deep/../s.txt",
                       "=/kept/s.txt",
                       "=",
                       "==/kept/s.txt",
                       "/=/kept/s.txt"};
    int open_with_key = 0;
    for (int round = 0; round < 3; ++round) {
        for (const char* way : ways)
            for (const char* method : {"GET", "HEAD"}) {
                const answer a = ask(app.server.port(), way, "X-Key: open sesame\r\n", method);
                open_with_key += a.status == 200 && a.body == secret ? 1 : 0;
            }
        raw_client client(app.server.port());
        for (const char* way : ways)
            for (const char* method : {"GET", "HEAD"}) {
                CAPTURE(way, method);
                const answer a = ask(app.server.port(), way, "", method);
                CHECK((a.status == 403 || a.status == 400 || a.status == 404));
                CHECK(a.body.find(secret) == a.body.npos);
                CHECK(a.field("ETag") == "");
            }
    }
    CHECK(open_with_key > 3 * 10);
    CHECK(app.get("/both/s.txt").body == secret); // which is for everybody
}

TEST_CASE("a remembered file and a route for another method live at one path") {
    const api_app app;
    raw_client client(app.server.port());
    const auto status = [&](std::string_view method) {
        const std::string request = method == "POST" ? request_with("/both/file.txt", "content")
                                                     : request_text("/both/file.txt", "", method);
        return client.send(request).read_answer(method).value();
    };
    for (int i = 0; i < 3; ++i) {
        for (const char* method : {"GET", "HEAD"}) {
            CHECK(status(method).status == 405);
            CHECK(status(method).field("Allow") == "POST, OPTIONS");
        }
        CHECK(status("POST").body == "literal");
        CHECK(app.get("/both/other.txt").status == 404);
    }
    app.folder.write("file.txt", "a file");
    for (int i = 0; i < 3; ++i) {
        CHECK(status("GET").body == "a file");
        CHECK(status("HEAD").status == 200);
        CHECK(status("POST").body == "literal");
        CHECK(status("DELETE").status == 405);
    }
    fs::remove(app.folder.path() / "file.txt");
    CHECK(status("GET").status == 405);
    CHECK(status("GET").field("Allow") == "POST, OPTIONS");
    CHECK(status("POST").body == "literal");
}

TEST_CASE("what middleware adds is added to each answer with a remembered file") {
    const api_app app;
    app.folder.write("s.txt", "tagged");
    raw_client client(app.server.port());
    const std::string request = request_text("/guarded/s.txt", "X-Key: open sesame\r\n");
    for (int i = 0; i < 3; ++i) {
        CHECK(client.send(request).read_answer().value().body == "tagged");
        CHECK(client.send(request_text("/guarded/s.txt")).read_answer().value().status == 403);
    }
}

TEST_CASE("the rule for Cache-Control is asked again when it failed, and kept when it did not") {
    const test_site site;
    const server_process server({RINGLET_HANDLERS_APP, site.path().string()});
    raw_client client(server.port());
    const auto get = [&](const char* target) {
        return client.send(request_text(target)).read_answer().value();
    };
    for (int i = 0; i < 3; ++i) {
        CHECK(get("/ruled/one.txt").status == 500);
        CHECK(get("/ruled/").status == 500);
        CHECK(get("/ruled/style.css").field("Cache-Control") == "max-age=5");
        CHECK(get("/static/style.css").field("Cache-Control") == "");
        CHECK(get("/static/one.txt").status == 200);
        CHECK(get("/ruled/missing").field("Cache-Control") == "");
    }
}

} // namespace ringlet::testing
