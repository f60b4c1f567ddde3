// Every file as it is, whole and in every encoding, to Beast and to curl.
#include "e2e/curl.hpp"
#include "e2e/site.hpp"
#include "support/beast_client.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <cstdlib>

namespace ringlet::testing {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

struct coding {
    const char* name;
    const char* suffix;
};
constexpr coding codings[] = {{"br", ".br"}, {"zstd", ".zst"}, {"gzip", ".gz"}};

// Fetches each file whole, with HEAD, and in each encoding; gives back what is wrong.
asio::awaitable<void> compare_all(asio::io_context& ctx, std::uint16_t port,
                                  const std::map<std::string, std::string>& files,
                                  std::vector<std::string>& wrong) {
    beast_connection connection(ctx, port);
    co_await connection.connect();
    for (const auto& [name, bytes] : files) {
        const std::string target = target_of(name);
        beast_request plain = make_beast_request(target);
        const beast_response whole = co_await connection.exchange(std::move(plain));
        if (whole.result_int() != 200 || whole.body() != bytes ||
            whole.count("Content-Encoding") != 0)
            wrong.push_back(name);

        beast_request head = make_beast_request(target, {}, beast_http::verb::head);
        const beast_response only_head = co_await connection.exchange(std::move(head));
        if (only_head.result_int() != 200 || !only_head.body().empty() ||
            only_head["Content-Length"] != std::to_string(bytes.size()) ||
            only_head["ETag"] != whole["ETag"])
            wrong.push_back("HEAD of " + name);

        for (const coding& c : codings) {
            const header_list accept{{"Accept-Encoding", c.name}};
            beast_request encoded = make_beast_request(target, accept);
            const beast_response got = co_await connection.exchange(std::move(encoded));
            const auto variant = files.find(name + c.suffix);
            const bool is_variant = got.count("Content-Encoding") != 0;
            const std::string& expected =
                is_variant && variant != files.end() ? variant->second : bytes;
            if (got.result_int() != 200 || got.body() != expected ||
                (is_variant && got["Content-Encoding"] != c.name) ||
                (is_variant && got["Vary"] != "Accept-Encoding") ||
                (is_variant && got["ETag"] == whole["ETag"]) ||
                got["Content-Type"] != whole["Content-Type"])
                wrong.push_back(name + " as " + c.name);
        }
    }
}

void expect_identical(std::uint16_t port, const std::map<std::string, std::string>& files) {
    asio::io_context ctx;
    std::vector<std::string> wrong;
    run_client(ctx, compare_all(ctx, port, files, wrong));
    CAPTURE(wrong);
    CHECK(wrong.empty());
}

fs::path sample_site() {
    const char* named = std::getenv("RINGLET_SAMPLE_SITE");
    const fs::path folder =
        named != nullptr ? named : RINGLET_SOURCE "/../shared/data/httparena-static";
    return fs::is_directory(folder) ? folder : fs::path();
}

} // namespace

TEST_CASE("every file is byte-identical with and without encodings") {
    const test_site site;
    const server_process server(serve(site.path()));
    expect_identical(server.port(), site.files());
}

TEST_CASE("every file of the sample site is byte-identical with and without encodings") {
    const fs::path folder = sample_site();
    if (folder.empty()) {
        WARN("no sample site; set RINGLET_SAMPLE_SITE");
        return;
    }
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().filename().string().front() != '.')
            files[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
    REQUIRE(!files.empty());
    const server_process server(serve(folder));
    expect_identical(server.port(), files);
}

TEST_CASE("curl gets every file byte-identical") {
    const test_site site;
    const server_process server(serve(site.path()));
    if (!curl_is_there())
        return;
    for (const auto& [name, bytes] : site.files()) {
        const curl_result got = curl({url(server.port(), target_of(name))});
        CAPTURE(name, got.exit_code);
        CHECK(got.exit_code == 0);
        CHECK((got.out == bytes));
    }
}

TEST_CASE("a variant is chosen by Accept-Encoding and its weights") {
    const test_site site;
    const server_process server(serve(site.path()));
    struct expectation {
        const char* target;
        const char* accept;
        const char* coding;
    };
    const expectation all[] = {
        {"/app.js", "gzip, deflate, br, zstd", "br"},
        {"/app.js", "gzip, deflate", "gzip"},
        {"/app.js", "br;q=0.5, gzip;q=0.9", "gzip"},
        {"/app.js", "br;q=0, *", "zstd"},
        {"/app.js", "zstd;q=0.8, br;q=0.8", "br"},
        {"/app.js", "gzip;q=0", ""},
        {"/app.js", "identity", ""},
        {"/app.js", "identity;q=1, br;q=0.5", ""},
        {"/app.js", "", ""},
        {"/app.js", "x-unknown", ""},
        {"/app.js", "br;q=broken, gzip", "gzip"},
        {"/style.css", "br, zstd, gzip;q=0.1", "gzip"}, // the only variant there is
        {"/style.css", "br, zstd", ""},
        {"/big.svg", "br", "br"},
        {"/photo.png", "br, gzip", ""},
    };
    for (const expectation& e : all) {
        CAPTURE(e.target, e.accept);
        const answer a =
            ask(server.port(), e.target, std::string("Accept-Encoding: ") + e.accept + "\r\n");
        CHECK(a.status == 200);
        CHECK(a.field("Content-Encoding") == e.coding);
        std::string name(e.target + 1);
        for (const coding& c : codings)
            if (std::string_view(c.name) == e.coding)
                name += c.suffix;
        CHECK((a.body == site[name]));
    }
    // Whether there is a variant or not, caches must know that there could have been.
    CHECK(ask(server.port(), "/app.js").field("Vary") == "Accept-Encoding");
    CHECK(ask(server.port(), "/photo.png").field("Vary").empty());
}

TEST_CASE("types are told by the name that was asked for") {
    const test_site site;
    const server_process server(serve(site.path()));
    const auto type = [&](const char* target) {
        return ask(server.port(), target, "Accept-Encoding: gzip, br\r\n").field("Content-Type");
    };
    CHECK(type("/") == "text/html; charset=utf-8");
    CHECK(type("/app.js").starts_with("text/javascript"));
    CHECK(type("/style.css") == "text/css; charset=utf-8");
    CHECK(type("/photo.png") == "image/png");
    CHECK(type("/big.svg") == "image/svg+xml");
    CHECK(type("/big.bin") == "application/octet-stream");
}

TEST_CASE("every answer has Date and Server and a length") {
    const test_site site;
    const server_process server(serve(site.path()));
    for (const char* target : {"/", "/one.txt", "/missing", "/pages"}) {
        CAPTURE(target);
        const answer a = ask(server.port(), target);
        CHECK(a.field("Server") == "ringlet");
        CHECK(a.field("Date").size() == 29);
        CHECK(a.field("Content-Length") == std::to_string(a.body.size()));
    }
}

TEST_CASE("a file that is replaced is served anew at once") {
    test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    const auto first = client.send(request_text("/one.txt")).read_answer();
    site.write("one.txt", "something else");
    const auto second = client.send(request_text("/one.txt")).read_answer();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->body == content("one.txt", 1));
    CHECK(second->body == "something else");
    CHECK(first->field("ETag") != second->field("ETag"));
}

} // namespace ringlet::testing
