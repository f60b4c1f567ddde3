#include "http/multipart.hpp"

#include "ringlet/limits.hpp"
#include "support/catch.hpp"
#include "support/guarded_bytes.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace ringlet;
using namespace std::string_literals;
using http::multipart_reader;
using event = multipart_reader::event;

namespace {

/// A form as text that is easy to compare: `name|filename|type{content}` for each part, then how
/// it ended, if it did.
class transcript {
  public:
    explicit transcript(std::string_view boundary) : reader_(boundary) {}

    /// Gives the reader a piece that ends at a guard page.
    void feed(std::string_view piece) {
        const testing::guarded_bytes guarded(piece);
        std::string_view in = guarded.view();
        for (event last = event::data; !is_pause(last);) {
            const auto s = reader_.next(in);
            REQUIRE(s.consumed <= in.size());
            REQUIRE(s.data.empty() == (s.what != event::data));
            REQUIRE((s.what != event::need_more || s.consumed == in.size()));
            write(s);
            in.remove_prefix(s.consumed);
            last = s.what;
        }
    }

    const std::string& text() const { return text_; }

  private:
    static bool is_pause(event e) {
        return e == event::need_more || e == event::end || e == event::bad;
    }

    void write(const multipart_reader::step& s) {
        if (s.what == event::part_begin)
            text_.append(reader_.name())
                .append("|")
                .append(reader_.filename().value_or("-"))
                .append("|")
                .append(reader_.content_type())
                .append("{");
        text_ += s.data;
        if (s.what == event::part_end)
            text_ += "}";
        if ((s.what == event::end || s.what == event::bad) && !ended_) {
            ended_ = true;
            text_ += s.what == event::end ? "end" : "bad";
        }
    }

    multipart_reader reader_;
    std::string text_;
    bool ended_ = false;
};

/// In pieces of that many bytes.
std::string read(std::string_view bytes, std::string_view boundary = "b",
                 std::size_t piece = std::string_view::npos) {
    transcript t(boundary);
    t.feed({});
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
        t.feed(bytes.substr(0, piece));
    t.feed({});
    return t.text();
}

/// However the form arrives, the result is the same.
void check(const std::string& bytes, const std::string& expected, std::string_view boundary = "b") {
    INFO(bytes);
    CHECK(read(bytes, boundary) == expected);
    for (const std::size_t piece : {1, 2, 3, 7})
        REQUIRE(read(bytes, boundary, piece) == expected);
    if (bytes.size() > 2000)
        return;
    for (std::size_t at = 1; at < bytes.size(); ++at) {
        transcript t(boundary);
        t.feed(std::string_view(bytes).substr(0, at));
        t.feed(std::string_view(bytes).substr(at));
        REQUIRE(t.text() == expected);
    }
}

/// A form of one part with this header and the content "x".
std::string with_header(const std::string& lines) {
    return "--b\r\n" + lines + "\r\nx\r\n--b--\r\n";
}

std::string with_disposition(const std::string& parameters) {
    return with_header("Content-Disposition: form-data" + parameters + "\r\n");
}

/// The same with this content under the name a.
std::string with_content(const std::string& content) {
    return "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + content + "\r\n--b--\r\n";
}

const std::string part_a = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";

} // namespace

TEST_CASE("a form as browsers send it is taken apart", "[http][multipart]") {
    const std::string boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
    check("--" + boundary + "\r\n" +
              "Content-Disposition: form-data; name=\"text\"\r\n\r\n"
              "gr\u00fc\u00dfe\r\nto you\r\n--" +
              boundary + "\r\n" +
              "Content-Disposition: form-data; name=\"photo\"; filename=\"cat.png\"\r\n"
              "Content-Type: image/png\r\n\r\n"
              "\x89PNG\r\n\x1a\n\0\r\n--"s +
              boundary + "\r\n" +
              "Content-Disposition: form-data; name=\"none\"; filename=\"\"\r\n"
              "Content-Type: application/octet-stream\r\n\r\n\r\n--" +
              boundary + "--\r\n",
          "text|-|text/plain{gr\u00fc\u00dfe\r\nto you}"
          "photo|cat.png|image/png{\x89PNG\r\n\x1a\n\0}none||application/octet-stream{}end"s,
          boundary);
}

TEST_CASE("a form without parts ends at once", "[http][multipart]") {
    check("--b--", "end");
    check("--b--\r\n", "end");
    check("\r\n--b--\r\n", "end");
}

TEST_CASE("what looks like a delimiter in content is content", "[http][multipart]") {
    for (const std::string& content : {"\r"s,          "\n"s,
                                       "\r\n"s,        "\r\n\r\n"s,
                                       "\r\r\n\r"s,    "\r\n-"s,
                                       "\r\n--"s,      "-"s,
                                       "--"s,          "x--b"s,
                                       "\n--b"s,       "\r--b"s,
                                       "\r\n -b"s,     "\r\n-\r\n--\r\n"s,
                                       "\r\n--B\r\n"s, "--c\r\n--"s,
                                       "-\r\n"s,       "x\r\n-\r\n-\r\r\n--\r"s,
                                       " --b\r\n"s,    "\0\r\n\0"s})
        check(with_content(content), "a|-|text/plain{" + content + "}end");
}

TEST_CASE("a delimiter is recognised behind every beginning of another", "[http][multipart]") {
    const std::string boundary = "-----b-b";
    const std::string delimiter = "\r\n--" + boundary;
    for (std::size_t n = 0; n < delimiter.size(); ++n) {
        const std::string content = "x" + delimiter.substr(0, n);
        check("--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n" + content +
                  delimiter + "--",
              "a|-|text/plain{" + content + "}end", boundary);
    }
}

TEST_CASE("content may be empty, with or without a line of its own", "[http][multipart]") {
    check(with_content(""), "a|-|text/plain{}end");
    check("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--", "a|-|text/plain{}end");
}

TEST_CASE("a form that is cut off does not end", "[http][multipart]") {
    const std::string whole = with_content("xyz");
    const std::size_t end = whole.find("--b--") + 5;
    for (std::size_t n = 0; n < whole.size(); ++n) {
        const std::string text = read(std::string_view(whole).substr(0, n));
        REQUIRE(text.ends_with("end") == (n >= end));
        REQUIRE_FALSE(text.ends_with("bad"));
    }
}

TEST_CASE("preamble, epilogue and white space behind a delimiter are skipped",
          "[http][multipart]") {
    check("This is a form.\r\n--c\r\n--B\r\n\r\n" + part_a + "--b--", "a|-|text/plain{1}end");
    check("\r\n" + part_a + "--b--epilogue\r\n--b\r\n\r\n", "a|-|text/plain{1}end");
    check("--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\t ",
          "a|-|text/plain{1}end");
    check("x--b\r\n--b--", "end");
}

TEST_CASE("a line that begins with the delimiter and goes on otherwise is refused",
          "[http][multipart]") {
    for (const char* tail :
         {"x", "b", "-", "-x", "- -", "\n", "\rx", "\r\r\n", " x", " --", "\x01"}) {
        INFO(tail);
        check("--b"s + tail + "\r\n", "bad");
        check(part_a + "--b" + tail + "\r\n", "a|-|text/plain{1}bad");
    }
}

TEST_CASE("names are taken from Content-Disposition in its usual spellings", "[http][multipart]") {
    check(with_disposition("; name=\"a b\""), "a b|-|text/plain{x}end");
    check(with_disposition(";name=a"), "a|-|text/plain{x}end");
    check(with_disposition(" ; NAME=a ; x=\"y;name=z\" ;"), "a|-|text/plain{x}end");
    check(with_disposition("; filename=f; name=\"\""), "|f|text/plain{x}end");
    check(with_header("content-disposition:FORM-DATA; name=a\r\nX-Other: 1\r\ncontent-type:  a/b "
                      "\r\n"),
          "a|-|a/b{x}end");
    check(with_disposition("; name=a; filename*=UTF-8''b.txt"), "a|-|text/plain{x}end");
}

TEST_CASE("what clients escape in names and file names is unescaped", "[http][multipart]") {
    for (const auto& [sent, meant] :
         std::vector<std::pair<std::string, std::string>>{{"a%22b", "a\"b"},
                                                          {"a%0D%0Ab", "a\r\nb"},
                                                          {"a%20b%2", "a%20b%2"},
                                                          {"100%", "100%"},
                                                          {R"(a\"b)", "a\"b"},
                                                          {R"(\")", "\""},
                                                          {"\xe4\u00e4", "\xe4\u00e4"}}) {
        check(with_disposition("; name=\"" + sent + "\""), meant + "|-|text/plain{x}end");
        check(with_disposition("; name=n; filename=\"" + sent + "\""),
              "n|" + meant + "|text/plain{x}end");
    }
    check(with_disposition(R"(; name="a\b\\c\")"), R"(a\b\c\|-|text/plain{x}end)");
    check(with_disposition("; name=%22"), "%22|-|text/plain{x}end");
}

TEST_CASE("of a file name only the last path component is given", "[http][multipart]") {
    for (const auto& [sent, given] : std::vector<std::pair<std::string, std::string>>{
             {"/etc/passwd", "passwd"},
             {"../../x", "x"},
             {R"(C:\Users\me\cat.png)", "cat.png"},
             {R"(\\\\server\\share\\cat.png)", "cat.png"},
             {R"(a\b/c)", "c"},
             {R"(a/b\c)", "c"},
             {"a/", ""},
             {R"(a\)", ""},
             {".", ""},
             {"..", ""},
             {"a/..", ""},
             {R"(..\..)", ""},
             {"...", "..."},
             {".profile", ".profile"},
             {"a..b", "a..b"}})
        check(with_disposition("; name=n; filename=\"" + sent + "\""),
              "n|" + given + "|text/plain{x}end");
}

TEST_CASE("malformed headers of a part are refused", "[http][multipart]") {
    const std::string good = "Content-Disposition: form-data; name=a\r\n";
    for (const std::string& lines :
         {""s, "Content-Type: a/b\r\n"s, good + good,
          good + "Content-Type: a\r\nContent-Type: a\r\n", good + "X\r\n", good + "X : y\r\n",
          good + ": y\r\n", good + " folded\r\n", good + "X: \0\r\n"s, good + "X: a\rb\r\n",
          good + "X: y\n", "\n" + good, "Content-Disposition: form-data; name=a\n"s})
        check(with_header(lines), "bad");
    for (const char* parameters :
         {"", ";", "; filename=a", "; name", "; name=", "; name=\"a", "; name=\"a\"b", "; name =a",
          "; name= a", " name=a", "; name=a b", "; name=a; name=b", "x; name=a",
          "; name=a; filename=b; filename=b", "; name=a; filename=b c", "; name=a, b"})
        check(with_disposition(parameters), "bad");
    check(with_header("Content-Disposition: attachment; name=a\r\n"), "bad");
}

TEST_CASE("a boundary that no message may have makes every form bad", "[http][multipart]") {
    for (const std::string& boundary :
         {""s, std::string(71, 'b'), "b "s, "a\"b"s, "a\r\nb"s, "\xff"s})
        CHECK(read("--" + boundary + "--\r\n", boundary) == "bad");
    const std::string longest = "0123456789 '()+_,-./:=?azAZ" + std::string(43, 'b');
    REQUIRE(longest.size() == 70);
    check("--" + longest + "--", "end", longest);
}

TEST_CASE("the header of each part is bounded", "[http][multipart]") {
    const auto part = [](std::size_t header_bytes) {
        std::string lines = "Content-Disposition: form-data; name=a\r\nX: ";
        // Counted are the line end of the delimiter before and the empty line too.
        lines += std::string(header_bytes - lines.size() - 6, 'x') + "\r\n";
        return "--b\r\n" + lines + "\r\n1\r\n";
    };
    const std::size_t most = limits::multipart_head_bytes;
    check(part(most) + part(most) + "--b--", "a|-|text/plain{1}a|-|text/plain{1}end");
    check(part(most) + part(most + 1) + "--b--", "a|-|text/plain{1}bad");
    check("--b\r\n" + std::string(most, 'x'), "bad");
    check("--b" + std::string(most + 1, ' '), "bad");
}

TEST_CASE("the preamble is bounded", "[http][multipart]") {
    const std::string longest(limits::multipart_head_bytes, 'x');
    check(longest + "\r\n" + part_a + "--b--", "a|-|text/plain{1}end");
    check(longest + "x\r\n" + part_a + "--b--", "bad");
}

TEST_CASE("the parts of a form are bounded", "[http][multipart]") {
    std::string form, expected;
    for (std::size_t i = 0; i < limits::multipart_parts; ++i) {
        form += part_a;
        expected += "a|-|text/plain{1}";
    }
    CHECK(read(form + "--b--") == expected + "end");
    CHECK(read(form + part_a + "--b--") == expected + "bad");
}

TEST_CASE("end and bad are final", "[http][multipart]") {
    multipart_reader done("b");
    REQUIRE(done.next("--b--x").what == event::end);
    const auto after = done.next(part_a);
    CHECK(after.what == event::end);
    CHECK(after.consumed == part_a.size());
    CHECK(done.next("").what == event::end);

    multipart_reader failed("b");
    REQUIRE(failed.next("--bx").what == event::bad);
    CHECK(failed.next("\r\n--b--").what == event::bad);
    CHECK(failed.next("").what == event::bad);
}

TEST_CASE("content is handed out in place, but for delimiters that came to nothing",
          "[http][multipart]") {
    multipart_reader reader("b");
    const std::string first = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nab\rcd\r\n-";
    auto s = reader.next(first);
    REQUIRE(s.what == event::part_begin);
    const std::string_view rest = std::string_view(first).substr(s.consumed);
    s = reader.next(rest);
    CHECK(s.what == event::data);
    CHECK(s.data == "ab\rcd");
    CHECK(s.data.data() == rest.data());
    s = reader.next(rest.substr(s.consumed));
    CHECK(s.what == event::need_more);
    CHECK(s.consumed == 3);

    const std::string_view second = "-ef";
    s = reader.next(second);
    CHECK(s.what == event::data);
    CHECK(s.data == "\r\n-");
    CHECK(s.consumed == 0);
    s = reader.next(second);
    CHECK(s.data == second);
    CHECK(s.data.data() == second.data());
}
