#include "files/reply.hpp"

#include "http/date.hpp"
#include "support/catch.hpp"
#include "support/make_head.hpp"

namespace ringlet::files {
namespace {

using testing::field_lines;

constexpr std::int64_t mtime_s = 784111777; // Sun, 06 Nov 1994 08:49:37 GMT
constexpr char mtime_text[] = "Sun, 06 Nov 1994 08:49:37 GMT";

struct answered {
    reply r;
    std::string head;

    bool has(const std::string& line) const {
        return head.find("\r\n" + line + "\r\n") != head.npos;
    }
    bool names(const std::string& field) const {
        return head.find("\r\n" + field + ": ") != head.npos;
    }
    std::string field(const std::string& name) const {
        const std::size_t at = head.find("\r\n" + name + ": ");
        const std::size_t begin = at + name.size() + 4;
        return at == head.npos ? "" : head.substr(begin, head.find("\r\n", begin) - begin);
    }
    // What the pieces amount to.
    std::uint64_t piece_bytes() const {
        std::uint64_t sum = 0;
        for (const piece& p : r.body)
            sum += p.text.size() + (p.range ? p.range->length() : 0);
        return sum;
    }
};

struct asked {
    http::verb method = http::verb::get;
    std::uint64_t size = 1000;
    http::coding coding = http::coding::identity;
    std::string_view connection{};
    std::string_view cache_control{};
    std::string_view type = "text/plain; charset=utf-8";
};

answered answer_to(field_lines lines, const asked& a = {}) {
    const auto head = testing::make_head(a.method, lines);
    open_file file;
    file.size = a.size;
    file.mtime_ns = mtime_s * 1'000'000'000 + 5;
    file.inode = 42;
    reply_context about;
    about.common_fields = "Server: ringlet\r\n";
    about.connection = a.connection;
    about.content_type = a.type;
    about.cache_control = a.cache_control;
    about.now_s = mtime_s + 100;
    about.random = 7;
    answered got;
    got.r = make_reply(got.head, head, file, a.coding, about);
    CHECK(got.head.ends_with("\r\n\r\n"));
    if (!got.r.body.empty())
        CHECK(got.has("Content-Length: " + std::to_string(got.piece_bytes())));
    return got;
}

} // namespace

TEST_CASE("a whole file is 200 with its validators") {
    const answered a = answer_to({});
    CHECK(a.r.status == http::status::ok);
    CHECK(a.head.starts_with("HTTP/1.1 200 OK\r\nServer: ringlet\r\n"));
    REQUIRE(a.r.body.size() == 1);
    CHECK(a.r.body[0].range == http::byte_range{0, 999});
    CHECK(a.has("Content-Length: 1000"));
    CHECK(a.has("Content-Type: text/plain; charset=utf-8"));
    CHECK(a.has(std::string("Last-Modified: ") + mtime_text));
    CHECK(a.has("Accept-Ranges: bytes"));
    CHECK(a.has("Vary: Accept-Encoding"));
    CHECK(a.names("ETag"));
    for (const char* absent : {"Connection", "Cache-Control", "Content-Encoding", "Content-Range"})
        CHECK(!a.names(absent));
}

TEST_CASE("Last-Modified is never later than Date") {
    const auto head = testing::make_head({});
    open_file file;
    file.mtime_ns = (mtime_s + 1000) * 1'000'000'000;
    reply_context about;
    about.now_s = mtime_s;
    answered a;
    a.r = make_reply(a.head, head, file, http::coding::identity, about);
    CHECK(a.has(std::string("Last-Modified: ") + mtime_text));
}

TEST_CASE("what is known beside the file goes into the head") {
    const answered a = answer_to(
        {}, {.coding = http::coding::br, .connection = "close", .cache_control = "max-age=5"});
    CHECK(a.has("Connection: close"));
    CHECK(a.has("Cache-Control: max-age=5"));
    CHECK(a.has("Content-Encoding: br"));
    const answered image = answer_to({}, {.type = "image/png"});
    CHECK(!image.names("Vary"));
}

TEST_CASE("an empty file has a head and no pieces") {
    const answered a = answer_to({{"Range", "bytes=0-0"}}, {.size = 0});
    CHECK(a.r.status == http::status::ok);
    CHECK(a.has("Content-Length: 0"));
    CHECK(a.r.body.empty());
}

TEST_CASE("HEAD has the head of GET and no pieces") {
    const answered get = answer_to({});
    const answered head = answer_to({{"Range", "bytes=0-1"}}, {.method = http::verb::head});
    CHECK(head.head == get.head);
    CHECK(head.r.body.empty());
}

TEST_CASE("one range is 206 with its part") {
    const answered a = answer_to({{"Range", "bytes=10-19"}});
    CHECK(a.r.status == http::status::partial_content);
    CHECK(a.has("Content-Range: bytes 10-19/1000"));
    CHECK(a.has("Content-Length: 10"));
    REQUIRE(a.r.body.size() == 1);
    CHECK(a.r.body[0].range == http::byte_range{10, 19});
    CHECK(a.has("Content-Type: text/plain; charset=utf-8"));
}

TEST_CASE("several ranges are a multipart whose length is the sum of its pieces") {
    const answered a = answer_to({{"Range", "bytes=0-9, 100-199, -1"}});
    CHECK(a.r.status == http::status::partial_content);
    CHECK(!a.names("Content-Range"));
    CHECK(a.field("Content-Type").starts_with("multipart/byteranges; boundary="));
    CHECK(a.field("Content-Length") == std::to_string(a.piece_bytes()));
    REQUIRE(a.r.body.size() == 4);
    CHECK(a.r.body[0].text.find("Content-Range: bytes 0-9/1000\r\n") != std::string::npos);
    CHECK(a.r.body[2].range == http::byte_range{999, 999});
    CHECK(!a.r.body[3].range);
}

TEST_CASE("as many ranges as are allowed fit into the pieces") {
    std::string value = "bytes=0-0";
    for (std::size_t i = 1; i < limits::ranges_per_request; ++i)
        value += ',' + std::to_string(i * 10) + '-' + std::to_string(i * 10 + 1);
    const answered a = answer_to({{"Range", value}});
    CHECK(a.r.status == http::status::partial_content);
    CHECK(a.r.body.size() == limits::ranges_per_request + 1);
    value += ",500-501";
    CHECK(answer_to({{"Range", value}}).r.status == http::status::ok);
}

TEST_CASE("a range beyond the end is 416") {
    const answered a = answer_to({{"Range", "bytes=1000-"}}, {.connection = "close"});
    CHECK(a.r.status == http::status::range_not_satisfiable);
    CHECK(a.has("Content-Range: bytes */1000"));
    CHECK(a.has("Connection: close"));
    REQUIRE(a.r.body.size() == 1);
    CHECK(a.r.body[0].text.find("416") != std::string::npos);
}

TEST_CASE("a repeated Range is ignored") {
    const answered a = answer_to({{"Range", "bytes=0-1"}, {"Range", "bytes=2-3"}});
    CHECK(a.r.status == http::status::ok);
}

TEST_CASE("If-Range decides whether a range counts") {
    const std::string tag = answer_to({}).field("ETag");
    const auto status = [](std::string_view value) {
        return answer_to({{"Range", "bytes=0-1"}, {"If-Range", value}}).r.status;
    };
    CHECK(status(tag) == http::status::partial_content);
    CHECK(status(mtime_text) == http::status::partial_content);
    CHECK(status("\"x\"") == http::status::ok);
    // Even a range that cannot be satisfied, when the file has changed (RFC 9110 section 13.1.5).
    CHECK(answer_to({{"Range", "bytes=5000-"}, {"If-Range", "\"x\""}}).r.status ==
          http::status::ok);
}

TEST_CASE("a known file is 304 with its validators and without content") {
    const std::string tag = answer_to({}).field("ETag");
    for (const http::verb method : {http::verb::get, http::verb::head}) {
        const answered a = answer_to({{"If-None-Match", tag}, {"Range", "bytes=0-1"}},
                                     {.method = method, .cache_control = "no-cache"});
        CHECK(a.r.status == http::status::not_modified);
        CHECK(a.field("ETag") == tag);
        CHECK(a.has("Cache-Control: no-cache"));
        CHECK(a.has("Vary: Accept-Encoding"));
        CHECK(!a.names("Content-Type"));
        CHECK(!a.names("Content-Length"));
        CHECK(a.r.body.empty());
    }
    CHECK(answer_to({{"If-Modified-Since", mtime_text}}).r.status == http::status::not_modified);
}

TEST_CASE("a file that is not the expected one is 412 before anything else") {
    const answered a = answer_to({{"If-Match", "\"x\""}, {"Range", "bytes=5000-"}});
    CHECK(a.r.status == http::status::precondition_failed);
    REQUIRE(a.r.body.size() == 1);
    CHECK(a.r.body[0].text.find("412") != std::string::npos);
}

TEST_CASE("size and time and inode each change the tag") {
    const auto tag = [](std::uint64_t size, std::int64_t mtime_ns, std::uint64_t inode) {
        open_file file;
        file.size = size;
        file.mtime_ns = mtime_ns;
        file.inode = inode;
        answered a;
        const auto head = testing::make_head({});
        a.r = make_reply(a.head, head, file, http::coding::identity, {});
        return a.field("ETag");
    };
    const std::string one = tag(1, 1, 1);
    CHECK(one == tag(1, 1, 1));
    CHECK(one != tag(2, 1, 1));
    CHECK(one != tag(1, 2, 1));
    CHECK(one != tag(1, 1, 2));
}

TEST_CASE("a time before 1970 is rounded down") {
    open_file file;
    file.mtime_ns = -1;
    answered a;
    const auto head = testing::make_head({});
    a.r = make_reply(a.head, head, file, http::coding::identity, {});
    CHECK(a.has("Last-Modified: Wed, 31 Dec 1969 23:59:59 GMT"));
}

} // namespace ringlet::files
