// Requests hidden in requests: what one reader takes for content and another for a request. Each
// is refused, the connection ends, and what is hidden is never answered.
#include "support/small_site.hpp"

using namespace ringlet;
using namespace ringlet::testing;
using namespace std::string_literals;

namespace {

const std::string hidden = request_text("/file.txt");

struct smuggled {
    const char* name;
    std::string bytes;
};

std::string post(const std::string& fields, const std::string& content) {
    return request_text("/echo", fields, "POST") + content;
}

// Each is refused with 400, also when a good request went before, and nothing else is answered.
void check_refused(std::initializer_list<smuggled> all) {
    small_site site;
    for (const auto& [name, bytes] : all) {
        CAPTURE(name);
        const conversation refused = site.say(bytes + hidden);
        CHECK(refused.outcome() == "400 closed");
        CHECK(refused.last().field("Connection") == "close");
        CHECK(site.outcome(hidden + bytes + hidden) == "200 400 closed");
    }
}

} // namespace

TEST_CASE("content of two lengths is refused", "[rfc9112][6.3][11.2]") {
    const std::string end = "0\r\n\r\n";
    const std::string both = "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n";
    check_refused({
        {"CL.TE", post(both, end + "G")},
        {"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                       "27\r\n" + hidden.substr(0, 0x27) + "\r\n" + end)},
        {"CL.0", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", end)},
        {"0.CL", request_text("/file.txt", both) + end},
        {"TE.0", request_text("/", both, "OPTIONS") + end},
        {"CL.CL", post("Content-Length: 0\r\nContent-Length: 5\r\n", end)},
        {"CL.CL, the other way", post("Content-Length: 5\r\nContent-Length: 0\r\n", end)},
        {"CL.CL in one line", post("Content-Length: 0, 5\r\n", end)},
        {"CL.CL with white space", post("Content-Length: 5\r\nContent-Length : 0\r\n", end)},
        {"TE in HTTP/1.0", "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n" +
                               end},
        {"CL.TE in HTTP/1.0",
         "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\n" + both + "\r\n" + end},
        {"Connection names the framing",
         post("Connection: Content-Length, Transfer-Encoding\r\n" + both, end)},
    });
}

TEST_CASE("a Transfer-Encoding in disguise is refused", "[rfc9112][6.1][11.2]") {
    small_site site;
    const std::string disguises[] = {
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding:\n chunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
        "X: y\r\rTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\r\n",
        "Transfer-Encoding: \x0b"
        "chunked\r\n",
        "Transfer-Encoding:\x0c"
        "chunked\r\n",
        "Transfer-Encoding: \0chunked\r\n"s,
        "Transfer-Encoding: chunked\0\r\n"s,
        "Transfer-Encoding\0: chunked\r\n"s,
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: x chunked\r\n",
        "Transfer-Encoding: chunked x\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: 'chunked'\r\n",
        "Transfer-Encoding: chunked;\r\n",
        "Transfer-Encoding: chunked; q=1\r\n",
        "Transfer-Encoding: ,chunked\r\n",
        "Transfer-Encoding: chunked,\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunk\r\n",
        "Transfer-Encoding: chunked-\r\n",
        "Transfer-Encoding: chun\xeb"
        "ked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        "Transfer-Encoding\r\n: chunked\r\n",
        "Transfer-Encoding chunked\r\n",
        "Transfer Encoding: chunked\r\n",
        "\xefTransfer-Encoding: chunked\r\n",
        ": chunked\r\nTransfer-Encoding: x\r\n",
    };
    for (const std::string& disguise : disguises) {
        CAPTURE(disguise);
        CHECK(site.outcome(post(disguise, "0\r\n\r\n") + hidden) == "400 closed");
        CHECK(site.outcome(post("Content-Length: 5\r\n" + disguise, "0\r\n\r\n") + hidden) ==
              "400 closed");
        CHECK(site.outcome(post(disguise + "Content-Length: 5\r\n", "0\r\n\r\n") + hidden) ==
              "400 closed");
    }
    for (const std::string unknown : {"identity, chunked", "x, chunked", "cow, chunked"})
        CHECK(site.outcome(post("Transfer-Encoding: " + unknown + "\r\n", "0\r\n\r\n") + hidden) ==
              "501 closed");
}

TEST_CASE("a field that only looks like framing has no effect on it", "[rfc9112][6][11.2]") {
    small_site site;
    for (const char* name : {"Transfer_Encoding", "X-Transfer-Encoding", "Transfer-Encoding-",
                             "TransferEncoding", "TE", "Content_Length", "Content-Lengthh"}) {
        CAPTURE(name);
        const conversation all =
            site.say(post(std::string(name) + ": chunked\r\n", "") + hidden, {"POST"});
        CHECK(all.outcome() == "200 200 kept");
        CHECK(all.answers.front().body.empty());
    }
}

TEST_CASE("a Content-Length in disguise is refused", "[rfc9112][6.2][11.2]") {
    check_refused({
        {"white space before the colon", post("Content-Length : 5\r\n", "hello")},
        {"NUL in the name", post("Content-Length\0: 5\r\n"s, "hello")},
        {"NUL in the value", post("Content-Length: 5\0\r\n"s, "hello")},
        {"folded", post("Content-Length:\r\n 5\r\n", "hello")},
        {"continued", post("Content-Length: 0\r\n 5\r\n", "hello")},
        {"in front of all fields",
         "POST /echo HTTP/1.1\r\n Content-Length: 5\r\nHost: a\r\n\r\nhello"},
        {"a sign", post("Content-Length: +5\r\n", "hello")},
        {"a negative", post("Content-Length: -5\r\n", "hello")},
        {"hexadecimal", post("Content-Length: 0x5\r\n", "hello")},
        {"underscores", post("Content-Length: 0_5\r\n", "hello")},
        {"a vertical tab", post("Content-Length: \x0b"
                                "5\r\n",
                                "hello")},
        {"a form feed behind", post("Content-Length: 5\x0c\r\n", "hello")},
        {"a number and more", post("Content-Length: 5 abc\r\n", "hello")},
        {"other digits", post("Content-Length: \xd9\xa5\r\n", "hello")},
        {"too large", post("Content-Length: 18446744073709551621\r\n", "hello")},
        {"behind a bare LF", post("X: y\nContent-Length: 5\r\n", "hello")},
        {"behind a bare CR", post("X: y\rContent-Length: 5\r\n", "hello")},
    });
}

TEST_CASE("chunks that two readers may cut differently are refused", "[rfc9112][7.1][11.2]") {
    const auto chunks = [](const std::string& content) {
        return post("Transfer-Encoding: chunked\r\n", content);
    };
    check_refused({
        {"a size ends with LF", chunks("5\nhello\r\n0\r\n\r\n")},
        {"a size ends with CR", chunks("5\rhello\r\n0\r\n\r\n")},
        {"an extension ends with LF", chunks("5;\nxx\r\n0\r\n\r\n")},
        {"LF within an extension", chunks("5;a=b\nhello\r\n0\r\n\r\n")},
        {"CR within an extension", chunks("5;a\rb\r\nhello\r\n0\r\n\r\n")},
        {"data ends with LF", chunks("5\r\nhello\n0\r\n\r\n")},
        {"data ends with two other bytes", chunks("5\r\nhelloXX0\r\n\r\n")},
        {"data is longer than its size", chunks("5\r\nhello!!\r\n0\r\n\r\n")},
        {"the last chunk ends with LF", chunks("0\n\r\n")},
        {"the trailer ends with LF", chunks("0\r\n\n")},
        {"a trailer line ends with LF", chunks("0\r\nX: y\n\r\n")},
        {"0x", chunks("0x5\r\nhello\r\n0\r\n\r\n")},
        {"a sign", chunks("+5\r\nhello\r\n0\r\n\r\n")},
        {"a negative", chunks("-5\r\nhello\r\n0\r\n\r\n")},
        {"a space before", chunks(" 5\r\nhello\r\n0\r\n\r\n")},
        {"a space behind", chunks("5 \r\nhello\r\n0\r\n\r\n")},
        {"a tab behind", chunks("5\t\r\nhello\r\n0\r\n\r\n")},
        {"an underscore", chunks("0_5\r\nhello\r\n0\r\n\r\n")},
        {"a NUL", chunks("5\0\r\nhello\r\n0\r\n\r\n"s)},
        {"empty", chunks("\r\nhello\r\n0\r\n\r\n")},
        {"beyond 32 bits and wrong", chunks("100000005 \r\nhello\r\n0\r\n\r\n")},
        {"beyond 64 bits", chunks("10000000000000005\r\nhello\r\n0\r\n\r\n")},
        {"a length in the trailer", chunks("0\r\nContent-Length: 50\r\n\r\n")},
        {"a coding in the trailer", chunks("0\r\nTransfer-Encoding: chunked\r\n\r\n")},
        {"a request in the trailer", chunks("0\r\nGET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n")},
    });
}

TEST_CASE("a request line in disguise is refused", "[rfc9112][3][11.2]") {
    check_refused({
        {"two targets", "GET /file.txt HTTP/1.1 /other HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"CR for a space", "GET\r/file.txt HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"NUL in the target", "GET /file.txt\0 HTTP/1.1\r\nHost: a\r\n\r\n"s},
        {"CR in the target", "GET /file.txt\r HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"LF in the target", "GET /file.txt\n HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"HTTP/0.9", "GET /file.txt\r\n"},
        {"an absolute-form with two hosts", "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"a backslash in the host", "GET http://a\\b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"two Hosts", "GET /file.txt HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        {"a second Host in disguise", "GET /file.txt HTTP/1.1\r\nHost: a\r\nHost : b\r\n\r\n"},
        {"a folded Host", "GET /file.txt HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"},
        {"a Host in front", "GET /file.txt HTTP/1.1\r\n Host: b\r\nHost: a\r\n\r\n"},
    });
}
