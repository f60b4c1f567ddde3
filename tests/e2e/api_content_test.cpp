// The content of requests, as handlers read it.
#include "e2e/api_app.hpp"

namespace ringlet::testing {
namespace {

std::string chunked(std::string_view content, std::size_t chunk_bytes) {
    std::string text;
    char size[32];
    for (; !content.empty(); content.remove_prefix(std::min(chunk_bytes, content.size()))) {
        const std::string_view chunk = content.substr(0, chunk_bytes);
        std::snprintf(size, sizeof size, "%zx\r\n", chunk.size());
        text.append(size).append(chunk).append("\r\n");
    }
    return text += "0\r\n\r\n";
}

std::string sum_of(std::string_view content) {
    std::uint32_t sum = 0;
    for (const char c : content)
        sum = sum * 31 + static_cast<unsigned char>(c);
    return std::to_string(content.size()) + ' ' + std::to_string(sum);
}

std::string chunked_request(std::string_view target, std::string_view content,
                            std::size_t chunk_bytes) {
    return request_text(target, "Transfer-Encoding: chunked\r\n", "POST") +
           chunked(content, chunk_bytes);
}

} // namespace

TEST_CASE("content is read whole whether its length is known or not") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_with("/text", "hello") + chunked_request("/text", "hello, chunks", 4) +
                request_with("/text", "") + request_text("/query"));
    for (const char* expected : {"5 hello", "13 hello, chunks", "0 ", "-1 none"}) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->body == expected);
    }
}

TEST_CASE("content that arrives byte by byte is the same") {
    const api_app app;
    raw_client client(app.server.port());
    for (const char c : chunked_request("/text", "hello, chunks", 5))
        client.send({&c, 1});
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == "13 hello, chunks");
}

TEST_CASE("large content comes in pieces and the head stays readable") {
    const api_app app;
    const std::string content = testing::content("pieces", 5'000'000);
    for (const bool in_chunks : {false, true}) {
        raw_client client(app.server.port());
        const std::string sent = in_chunks ? chunked_request("/pieces", content, 10'000)
                                           : request_with("/pieces", content);
        std::jthread sender([&] { client.send(sent + request_text("/query")); });
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->body == sum_of(content));
        const auto next = client.read_answer();
        REQUIRE(next);
        CHECK(next->body == "-1 none");
    }
}

TEST_CASE("a handler that reads late gets what came while it slept") {
    const api_app app;
    const std::string content(2'000'000, 'x');
    raw_client client(app.server.port());
    std::jthread sender([&] { client.send(request_with("/late", content)); });
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == "2000000");
}

TEST_CASE("content that comes while earlier answers wait for their client is not lost") {
    const api_app app;
    raw_client client(app.server.port());
    const std::string content(100'000, 'c');
    client.send(request_text("/stream/large/8000000") + request_with("/pieces", content) +
                request_with("/text", "hello"));
    const auto large = client.read_answer();
    REQUIRE(large);
    CHECK(large->complete);
    const auto pieces = client.read_answer();
    REQUIRE(pieces);
    CHECK(pieces->body.find(sum_of(content)) != std::string::npos);
    const auto last = client.read_answer();
    REQUIRE(last);
    CHECK(last->body == "5 hello");
}

TEST_CASE("content beyond the limit is 413 and the connection ends") {
    const api_app app;
    for (const std::string& request :
         {request_with("/ten", "eleven byte"), chunked_request("/ten", "eleven byte", 3),
          request_text("/text", "Content-Length: 1048577\r\n", "POST")}) {
        CAPTURE(request);
        raw_client client(app.server.port());
        client.send(request);
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == 413);
        CHECK(a->field("Connection") == "close");
        CHECK(client.at_end());
    }
    CHECK(app.post("/ten", "ten bytes.").body == "ten bytes.");
}

TEST_CASE("malformed chunks are 400 and the connection ends") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/text", "Transfer-Encoding: chunked\r\n", "POST") +
                "5\r\nhelloX\r\n");
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 400);
    CHECK(client.at_end());
}

TEST_CASE("100 Continue comes behind the answers before it, however large they are") {
    const api_app app;
    for (const std::size_t bytes : {100'000, 130'900, 400'000, 600'000, 1'000'000}) {
        CAPTURE(bytes);
        const std::string file = pattern(bytes);
        const std::string target = "/both/" + std::to_string(bytes);
        app.folder.write(std::to_string(bytes), file);
        for (int round = 0; round < 3; ++round) { // from the file, then from memory
            raw_client client(app.server.port());
            client.send(
                request_text(target) + request_text(target) +
                request_text("/text", "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST"));
            for (int i = 0; i < 2; ++i) {
                const auto first = client.read_answer();
                REQUIRE(first);
                CHECK((first->body == file));
            }
            const auto go = client.read_answer();
            REQUIRE(go);
            CHECK(go->head == "HTTP/1.1 100 Continue\r\n\r\n");
            client.send("hello");
            const auto a = client.read_answer();
            REQUIRE(a);
            CHECK(a->body == "5 hello");
        }
    }
}

TEST_CASE("100 Continue is sent when the content is first asked for and not before") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/text", "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST"));
    const auto go = client.read_answer();
    REQUIRE(go);
    CHECK(go->head == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello" + request_text("/query"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == "5 hello");
    REQUIRE(client.read_answer());

    raw_client unread(app.server.port());
    unread.send(request_text("/nothing", "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST"));
    const auto final = unread.read_answer();
    REQUIRE(final);
    CHECK(final->status == 200);
    CHECK(final->field("Connection") == "close"); // whether the content comes is unknown
    CHECK(unread.at_end());

    raw_client too_large(app.server.port());
    too_large.send(request_text("/ten", "Content-Length: 50\r\nExpect: 100-continue\r\n", "POST"));
    const auto refused = too_large.read_answer();
    REQUIRE(refused);
    CHECK(refused->status == 413);

    raw_client impatient(app.server.port()); // RFC 9110 section 10.1.1: no need to tell it
    impatient.send(request_text("/text", "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST") +
                   "hello");
    const auto at_once = impatient.read_answer();
    REQUIRE(at_once);
    CHECK(at_once->status == 200);
}

TEST_CASE("content that a handler leaves is skipped and the connection kept") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_with("/nothing", std::string(100'000, 'x')) +
                chunked_request("/nothing", std::string(100'000, 'y'), 1000) +
                request_text("/query"));
    for (const char* expected : {"not read", "not read", "-1 none"}) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->body == expected);
    }
}

TEST_CASE("content that is too long to skip ends the connection") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/nothing", "Content-Length: 10000000\r\n", "POST"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->body == "not read");
    CHECK(a->field("Connection") == "close");
}

TEST_CASE("JSON content is parsed or 400 or 415") {
    const api_app app;
    const char* type = "Content-Type: application/json\r\n";
    const answer a = app.post("/json", R"({"list": [1, {"two": 2}]})", type);
    CHECK(a.body == R"({"two":2})");
    CHECK(a.field("Content-Type") == "application/json");
    CHECK(app.post("/json", R"({"list": [)", type).status == 400);
    CHECK(app.post("/json", "{}", "Content-Type: text/plain\r\n").status == 415);
}

TEST_CASE("form content is decoded or 400 or 415") {
    const api_app app;
    const char* type = "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    CHECK(app.post("/form", "a=1&name=J%C3%BCrgen+B", type).body == "J\xc3\xbcrgen B none");
    CHECK(app.post("/form", "a=1", type).status == 400);
    CHECK(app.post("/form", "name=%zz", type).status == 400);
    CHECK(app.post("/form", "name=x", "Content-Type: text/plain\r\n").status == 415);
}

TEST_CASE("uploaded files are saved as they arrive") {
    const api_app app;
    const std::string content = testing::content("upload", 3'000'000);
    const std::string form = "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n"
                             "my file\r\n--XX\r\n"
                             "Content-Disposition: form-data; name=\"f\"; filename=\"a/b.bin\"\r\n"
                             "Content-Type: image/png\r\n\r\n" +
                             content + "\r\n--XX--\r\n";
    const char* type = "Content-Type: multipart/form-data; boundary=XX\r\n";
    const answer a = app.post("/upload", form, type);
    CHECK(a.body == "title:my file\nf:b.bin:image/png:3000000\n");
    CHECK((read_file(app.folder.path() / "upload-1") == content));

    const std::string cut = form.substr(0, form.size() - 10);
    std::filesystem::remove(app.folder.path() / "upload-1");
    CHECK(app.post("/upload", cut, type).status == 400);
    CHECK_FALSE(std::filesystem::exists(app.folder.path() / "upload-1"));
    CHECK(app.post("/upload", "x", "Content-Type: text/plain\r\n").status == 415);
}

} // namespace ringlet::testing
