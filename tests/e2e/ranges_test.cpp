// Parts of files, compared with the file.
#include "e2e/curl.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace ringlet::testing {
namespace {

std::string range_field(const std::string& value) {
    return "Range: bytes=" + value + "\r\n";
}

struct part {
    std::string content_range;
    std::string bytes;
};

// Takes a multipart/byteranges body apart (RFC 2046 section 5.1).
std::vector<part> parts_of(const answer& a) {
    const std::string type = a.field("Content-Type");
    const std::string mark = "boundary=";
    std::string boundary = type.substr(type.find(mark) + mark.size());
    if (boundary.starts_with('"'))
        boundary = boundary.substr(1, boundary.size() - 2);
    const std::string delimiter = "\r\n--" + boundary;

    std::vector<part> parts;
    const std::string body = a.body.starts_with("--") ? "\r\n" + a.body : a.body;
    std::size_t at = body.find(delimiter);
    while (at != body.npos && body.compare(at + delimiter.size(), 2, "--") != 0) {
        const std::size_t head_end = body.find("\r\n\r\n", at);
        const std::size_t next = body.find(delimiter, head_end);
        REQUIRE(head_end != body.npos);
        REQUIRE(next != body.npos);
        answer head;
        head.head = body.substr(at + 2, head_end + 4 - at - 2);
        parts.push_back(
            {head.field("Content-Range"), body.substr(head_end + 4, next - head_end - 4)});
        at = next;
    }
    return parts;
}

} // namespace

TEST_CASE("a single range is that part of the file") {
    const test_site site;
    const server_process server(serve(site.path()));
    for (const char* name :
         {"one.txt", "edge-64-0.bin", "edge-64-2.bin", "edge-128-1.bin", "big.bin"}) {
        const std::string& file = site[name];
        const std::size_t size = file.size();
        const std::pair<std::size_t, std::size_t> wanted[] = {{0, 0},
                                                              {0, size - 1},
                                                              {size / 2, size - 1},
                                                              {size - 1, size - 1},
                                                              {size / 3, size / 2}};
        for (const auto& [first, last] : wanted) {
            CAPTURE(name, first, last);
            const std::string text = std::to_string(first) + '-' + std::to_string(last);
            const answer a = ask(server.port(), target_of(name), range_field(text));
            CHECK(a.status == 206);
            CHECK(a.field("Content-Range") == "bytes " + text + '/' + std::to_string(size));
            CHECK((a.body == file.substr(first, last - first + 1)));
        }
        const answer open = ask(server.port(), target_of(name), range_field("0-"));
        CHECK(open.status == 206);
        CHECK((open.body == file));
        const answer suffix = ask(server.port(), target_of(name), range_field("-1"));
        CHECK(suffix.status == 206);
        CHECK((suffix.body == file.substr(size - 1)));
        const answer beyond =
            ask(server.port(), target_of(name), range_field("0-99999999999999999999999"));
        CHECK(beyond.status == 206);
        CHECK((beyond.body == file));
    }
}

TEST_CASE("several ranges come as multipart byteranges") {
    const test_site site;
    const server_process server(serve(site.path()));
    const std::string& file = site["big.bin"];
    const answer a = ask(server.port(), "/big.bin", range_field("0-0,100-199,300000-599999,-5"));
    CHECK(a.status == 206);
    CHECK(a.complete);
    CHECK(a.field("Content-Type").starts_with("multipart/byteranges"));
    CHECK(a.field("Content-Range").empty());
    const std::vector<part> parts = parts_of(a);
    REQUIRE(parts.size() == 4);
    CHECK(parts[0].bytes == file.substr(0, 1));
    CHECK(parts[1].bytes == file.substr(100, 100));
    CHECK((parts[2].bytes == file.substr(300'000, 300'000)));
    CHECK(parts[3].bytes == file.substr(file.size() - 5));
    CHECK(parts[1].content_range == "bytes 100-199/" + std::to_string(file.size()));
}

TEST_CASE("a connection goes on after several ranges") {
    const test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    client.send(request_text("/big.bin", range_field("1-2,300000-599999,1000000-1000001")));
    client.send(request_text("/one.txt"));
    const auto several = client.read_answer();
    const auto next = client.read_answer();
    REQUIRE(several);
    REQUIRE(next);
    CHECK(parts_of(*several).size() == 3);
    CHECK(next->status == 200);
    CHECK(next->body == site["one.txt"]);
}

TEST_CASE("ranges that cannot be satisfied are 416 and malformed ones are ignored") {
    const test_site site;
    const server_process server(serve(site.path()));
    const answer beyond = ask(server.port(), "/one.txt", range_field("1-"));
    CHECK(beyond.status == 416);
    CHECK(beyond.field("Content-Range") == "bytes */1");
    CHECK(ask(server.port(), "/one.txt", range_field("-0")).status == 416);
    for (const char* ignored : {"2-1", "a-b", "0-0,", "0-0;1-1", "--1", ""}) {
        CAPTURE(ignored);
        const answer a = ask(server.port(), "/big.bin", range_field(ignored));
        const bool ignored_or_served =
            a.status == 200 || (a.status == 206 && std::string(ignored) == "0-0,");
        CHECK(ignored_or_served);
    }
    CHECK(ask(server.port(), "/one.txt", "Range: lines=0-0\r\n").status == 200);
    CHECK(ask(server.port(), "/empty.txt", range_field("0-0")).status == 200);
    // Many overlapping ranges are an attack: never more than the file.
    std::string many = "0-";
    for (int i = 1; i < 500; ++i)
        many += ',' + std::to_string(i) + '-';
    const answer attack = ask(server.port(), "/big.bin", range_field(many));
    CHECK(attack.status == 200);
    CHECK(attack.body.size() == site["big.bin"].size());
}

TEST_CASE("If-Range guards a range by tag and by date") {
    const test_site site;
    const server_process server(serve(site.path()));
    // A date is a strong validator only when its second is over.
    std::filesystem::last_write_time(site.path() / "big.bin",
                                     std::filesystem::file_time_type::clock::now() -
                                         std::chrono::hours(1));
    const answer whole = ask(server.port(), "/big.bin");
    const auto status = [&](const std::string& if_range) {
        return ask(server.port(), "/big.bin", range_field("0-9") + "If-Range: " + if_range + "\r\n")
            .status;
    };
    CHECK(status(whole.field("ETag")) == 206);
    CHECK(status(whole.field("Last-Modified")) == 206);
    CHECK(status("\"another\"") == 200);
    CHECK(status("W/" + whole.field("ETag")) == 200);
    CHECK(status("Thu, 01 Jan 1970 00:00:00 GMT") == 200);
}

TEST_CASE("a range of an encoded file is a range of its encoded bytes") {
    const test_site site;
    const server_process server(serve(site.path()));
    const answer a =
        ask(server.port(), "/app.js", range_field("10-19") + "Accept-Encoding: br\r\n");
    CHECK(a.status == 206);
    CHECK(a.field("Content-Encoding") == "br");
    CHECK(a.body == site["app.js.br"].substr(10, 10));
}

TEST_CASE("HEAD takes no range") {
    const test_site site;
    const server_process server(serve(site.path()));
    const answer a = ask(server.port(), "/big.bin", range_field("0-9"), "HEAD");
    CHECK(a.status == 200);
    CHECK(a.field("Content-Length") == std::to_string(site["big.bin"].size()));
    CHECK(a.field("Accept-Ranges") == "bytes");
}

TEST_CASE("curl resumes a download and asks for ranges") {
    const test_site site;
    const server_process server(serve(site.path()));
    if (!curl_is_there())
        return;
    const std::string at = url(server.port(), "/big.bin");
    const std::string& file = site["big.bin"];
    CHECK((curl({"--range", "1000-70000", at}).out == file.substr(1000, 69'001)));
    CHECK((curl({"--range", "-100", at}).out == file.substr(file.size() - 100)));
    const auto half = site.path() / "half";
    {
        std::ofstream out(half, std::ios::binary);
        out.write(file.data(), 500'000);
    }
    const curl_result resumed = curl({"--continue-at", "-", "--output", half.string(), at});
    CHECK(resumed.exit_code == 0);
    CHECK((read_file(half) == file));
}

} // namespace ringlet::testing
