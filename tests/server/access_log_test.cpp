#include "server/access_log.hpp"

#include "ringlet/limits.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <iterator>
#include <stdexcept>
#include <thread>

namespace ringlet {
namespace {

std::string line_of(const access_entry& e) {
    std::string line;
    format_access_line(line, e);
    return line;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

} // namespace

TEST_CASE("an access line has the combined format and the duration") {
    const access_entry e{.peer = "192.0.2.1",
                         .unix_s = 784111777,
                         .method = "GET",
                         .target = "/a?b=c",
                         .version = 11,
                         .received = "of no interest",
                         .status = 206,
                         .body_bytes = 12345,
                         .referer = "http://example/",
                         .user_agent = "curl/8",
                         .duration_us = 1'000'042};
    CHECK(line_of(e) ==
          "192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b=c HTTP/1.1\" 206 12345 "
          "\"http://example/\" \"curl/8\" 1.000042\n");
}

TEST_CASE("the time of an access line is right from the first second of 1970 on") {
    const auto time_of = [](std::int64_t unix_s) {
        access_entry e;
        e.unix_s = unix_s;
        const std::string line = line_of(e);
        const std::size_t begin = line.find('[');
        return line.substr(begin, line.find(']') + 1 - begin);
    };
    CHECK(time_of(0) == "[01/Jan/1970:00:00:00 +0000]");
    CHECK(time_of(951'782'399) == "[28/Feb/2000:23:59:59 +0000]");
    CHECK(time_of(951'782'400) == "[29/Feb/2000:00:00:00 +0000]");
    CHECK(time_of(1'709'251'199) == "[29/Feb/2024:23:59:59 +0000]");
    CHECK(time_of(2'147'483'648) == "[19/Jan/2038:03:14:08 +0000]"); // more than 31 bits
    CHECK(time_of(4'107'542'399) == "[28/Feb/2100:23:59:59 +0000]"); // no leap year
    CHECK(time_of(4'107'542'400) == "[01/Mar/2100:00:00:00 +0000]");
    CHECK(time_of(4'133'980'799) == "[31/Dec/2100:23:59:59 +0000]");
}

TEST_CASE("what a request lacks is a dash in its access line") {
    access_entry e;
    e.peer = "::1";
    e.status = 400;
    e.duration_us = 7;
    CHECK(line_of(e) == "::1 - - [01/Jan/1970:00:00:00 +0000] \"-\" 400 0 \"-\" \"-\" 0.000007\n");
}

TEST_CASE("an access line has what was received of a request that was refused") {
    access_entry e;
    e.received = "GET /\"\n\x1b / HTTP/2.0";
    e.status = 505;
    const std::string line = line_of(e);
    CHECK(line.find("] \"GET /\\x22\\x0a\\x1b / HTTP/2.0\" 505 ") != line.npos);
    e.method = "GET";
    e.target = "/";
    CHECK(line_of(e).find("] \"GET / HTTP/1.1\" 505 ") != line.npos); // better than the bytes
}

TEST_CASE("of what was received the first line counts, up to a bound") {
    CHECK(first_line("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == "GET / HTTP/1.1");
    CHECK(first_line("GET /\nHost: a") == "GET /");
    CHECK(first_line("\r\n\r\nGET /half") == "GET /half");
    CHECK(first_line("") == "");
    CHECK(first_line("\r\n\r") == "");
    const std::string most(limits::logged_line_bytes, 'a');
    CHECK(first_line(most) == most);
    CHECK(first_line(most + "a") == most);
    CHECK(first_line(most + "\r\n") == most);
}

TEST_CASE("a client cannot forge an access line") {
    access_entry e;
    e.peer = "::1";
    e.method = "GET";
    e.target = "/\"x\\\r\n\x1b[31m\x7f";
    e.user_agent = "\" 200 1 \"\xff\xc3\xa4";
    const std::string line = line_of(e);
    CHECK(line.find("/\\x22x\\x5c\\x0d\\x0a\\x1b[31m\\x7f") != line.npos);
    CHECK(line.find("\"\\x22 200 1 \\x22\\xff\\xc3\\xa4\"") != line.npos);
    CHECK(line.find('\n') == line.size() - 1);
    for (const char c : line.substr(0, line.size() - 1))
        CHECK((c >= 0x20 && c < 0x7f));
}

TEST_CASE("the access log loses no line when it ends and keeps the order of each worker") {
    const testing::temporary_folder folder;
    const auto path = folder.path() / "log";
    constexpr int writers = 4;
    constexpr int lines = 20'000;
    {
        access_log log(path.string());
        std::vector<std::jthread> threads;
        for (int w = 0; w < writers; ++w)
            threads.emplace_back([&buffer = log.add_buffer(), w] {
                for (int i = 0; i < lines; ++i)
                    buffer.append(std::to_string(w) + ' ' + std::to_string(i) + '\n');
            });
    }
    std::ifstream file(path);
    int next[writers] = {};
    int worker = 0;
    int number = 0;
    int out_of_order = 0;
    while (file >> worker >> number)
        out_of_order += next[worker]++ != number;
    CHECK(out_of_order == 0);
    for (const int n : next)
        CHECK(n == lines);
}

TEST_CASE("the access log appends to what is there") {
    const testing::temporary_folder folder;
    folder.write("log", "before\n");
    const auto path = folder.path() / "log";
    access_log(path.string()).add_buffer().append("after\n");
    CHECK(content_of(path) == "before\nafter\n");
}

TEST_CASE("an access log that cannot be written is refused by name") {
    const testing::temporary_folder folder;
    const std::string path = (folder.path() / "no" / "log").string();
    std::string why;
    try {
        const access_log log(path);
    } catch (const std::runtime_error& e) {
        why = e.what();
    }
    CHECK(why.find(path) != why.npos);
    CHECK(why.find("--access-log") != why.npos);
    CHECK(why.find('\n') == why.npos);
}

} // namespace ringlet
