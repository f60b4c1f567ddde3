#include "fuzz/connection_pipeline.hpp"

#include "fuzz/connection_site.hpp"
#include "fuzz/connection_words.hpp"
#include "fuzz/fuzz.hpp"
#include "ringlet/limits.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ringlet::fuzz {
namespace {

constexpr std::size_t most_requests = 12;
constexpr std::size_t many_bytes = 200'000; // when there are more, the others get short content
constexpr std::string_view smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

// --- content ---

constexpr std::array<std::size_t, 8> sizes{0, 1, 10, 100, 101, 3000, 20'000, 270'000};
constexpr std::array<std::size_t, 4> chunk_sizes{1'000'000, 1, 64, 4097};
constexpr std::array<std::string_view, 4> extensions{"", ";a=b", ";a=\"\\\"\";x", " ; a = b"};
constexpr std::array<std::string_view, 4> good_ends{"0\r\n\r\n", "000;last\r\n\r\n",
                                                    "0\r\nX: y\r\nZ:\r\n\r\n", "0\r\na: b\r\n\r\n"};
// Without a byte of content.
constexpr std::array<std::string_view, 4> bad_ends{"zz\r\n", "0\r\nContent-Length: 5\r\n\r\n",
                                                   "0;=b\r\n\r\n", "0\n\n"};

// Who loses the place where a message ends finds a request here.
std::string content_of(std::size_t size) {
    std::string all;
    while (all.size() < size)
        all += smuggled;
    all.resize(size);
    return all;
}

std::string chunked(const std::string& content, unsigned style, bool sound) {
    // Of the many small chunks of large content nothing is learnt, and their extensions are too
    // many.
    const std::size_t most = content.size() > 1000 ? 4097 : chunk_sizes[style % 4];
    const std::string_view extension = extensions[style / 4 % 4];
    std::string all;
    for (std::size_t at = 0; at < content.size(); at += most) {
        const std::string chunk = content.substr(at, most);
        std::array<char, 24> size{};
        std::snprintf(size.data(), size.size(), "%zx", chunk.size());
        all.append(size.data()).append(extension).append("\r\n").append(chunk).append("\r\n");
    }
    return all.append(sound ? good_ends[style / 16 % 4] : bad_ends[style / 16 % 4]);
}

// --- a request ---

struct choices {
    const place& where;
    std::string_view method;
    unsigned version; // 10, 11 or 12
    const option& how;
    const condition& only_if;
    std::size_t content_bytes;
    bool has_length, is_chunked, is_sound, expects;
    unsigned style;
};

choices take_choices(std::string_view& input) {
    const unsigned a = take_byte(input), b = take_byte(input), c = take_byte(input);
    const place& where = places[a % places.size()];
    std::string_view method = methods[a / places.size() % methods.size()];
    if (method.empty())
        method = where.method.empty() ? "GET" : where.method;
    const unsigned version = b % 8 == 7 ? 12 : b % 8 >= 5 ? 10 : 11;
    choices made{where,
                 method,
                 version,
                 options[b / 8 % options.size()],
                 conditions[c % conditions.size()],
                 0,
                 false,
                 false,
                 true,
                 false,
                 0};
    if (b / 64 % 2 != 0 || method == "POST") {
        const unsigned d = take_byte(input);
        made.content_bytes = sizes[d % sizes.size()];
        made.is_chunked = version != 10 && d / 8 % 2 != 0;
        made.has_length = !made.is_chunked;
        made.expects = d / 16 % 4 == 3;
        made.is_sound = !made.is_chunked || d / 64 != 3;
        made.style = made.is_chunked ? take_byte(input) : 0;
    }
    return made;
}

std::string head_of(const choices& c) {
    std::string text(c.method);
    text.append(" ").append(c.where.target).append(" HTTP/1.").append(1, "012"[c.version - 10]);
    text.append("\r\nHost: h\r\n").append(c.how.line).append(c.only_if.lines);
    if (c.has_length)
        text += "Content-Length: " + std::to_string(c.content_bytes) + "\r\n";
    if (c.is_chunked)
        text += "Transfer-Encoding: chunked\r\n";
    if (c.expects)
        text += "Expect: 100-continue\r\n";
    return text += "\r\n";
}

void expect_file(const choices& c, asked& a) {
    const std::string& file = c.where.target == "/files/large.bin" ? large_file() : small_file();
    a.status = a.is_head ? c.only_if.head_status : c.only_if.status;
    if (a.status == 206)
        a.content = file.substr(c.only_if.first, c.only_if.length);
    else if (a.status == 200)
        a.content = file;
}

// What a method that the place takes gives there.
void expect_answer(const choices& c, asked& a) {
    switch (c.where.what) {
    case gives::text:
        a.content = c.where.content;
        break;
    case gives::echo:
        a.reads = true;
        a.waits = a.waits || c.content_bytes != 0 || c.is_chunked;
        if (c.where.target == "/small" && c.content_bytes > small_limit)
            a.status = 413;
        else if (!c.is_sound)
            a.status = 400;
        else
            a.content = content_of(c.content_bytes);
        break;
    case gives::stream:
        a.content = stream_text();
        break;
    case gives::nothing:
        a.status = 204;
        break;
    case gives::file:
        expect_file(c, a);
        break;
    case gives::fault:
        a.status = 500;
        break;
    }
}

// Whether the connection can go on, as far as this request's own content is concerned.
afterwards end_of_content(const choices& c, const asked& a) {
    if (!c.is_sound || a.status == 413)
        return afterwards::ends;
    if (a.reads || (!c.is_chunked && c.content_bytes == 0))
        return afterwards::goes_on;
    if (a.expects || (c.has_length && c.content_bytes > limits::drained_body_bytes))
        return afterwards::ends;
    return c.content_bytes > limits::drained_body_bytes / 2 ? afterwards::may_end
                                                            : afterwards::goes_on;
}

asked expect(const choices& c) {
    asked a;
    a.is_head = c.method == "HEAD";
    a.is_old = c.version == 10;
    a.expects = c.expects && !a.is_old;
    a.malformed = !c.is_sound;
    const std::string_view as = a.is_head ? "GET" : c.method;
    if (c.where.method.empty()) {
        a.status = 404;
    } else if (as == c.where.method) {
        a.waits = c.where.waits;
        expect_answer(c, a);
    } else {
        a.status = as == "OPTIONS" ? 204 : 405;
    }
    a.then = end_of_content(c, a);
    const bool until_end = a.is_old && c.where.target == "/stream" && a.status == 200;
    if (c.how.close || (a.is_old && !c.how.keep_alive) || until_end)
        a.then = afterwards::ends;
    return a;
}

void add_request(pipeline& to, std::string_view& input) {
    choices c = take_choices(input);
    if (to.bytes.size() > many_bytes)
        c.content_bytes = std::min<std::size_t>(c.content_bytes, 1000);
    asked a = expect(c);
    a.begin = to.bytes.size();
    to.bytes += head_of(c);
    const std::string content = content_of(c.content_bytes);
    to.bytes += c.is_chunked ? chunked(content, c.style, c.is_sound) : content;
    a.end = to.bytes.size();
    to.requests.push_back(std::move(a));
}

void add_refused(pipeline& to, unsigned which) {
    const malformed& m = refused[which % refused.size()];
    asked a;
    a.begin = to.bytes.size();
    to.bytes += m.head;
    a.end = to.bytes.size();
    a.status = m.status;
    a.then = afterwards::ends;
    to.requests.push_back(a);
    to.bytes += smuggled;
}

} // namespace

pipeline make_pipeline(std::string_view input) {
    constexpr unsigned refused_from = 0xe0;
    constexpr unsigned raw = 0xff;
    pipeline made;
    while (!input.empty() && made.requests.size() < most_requests) {
        const auto first = static_cast<unsigned char>(input.front());
        if (first < refused_from) {
            add_request(made, input);
            continue;
        }
        input.remove_prefix(1);
        if (first == raw) {
            made.raw = made.bytes.size();
            made.bytes += input;
            break;
        }
        add_refused(made, first);
    }
    return made;
}

} // namespace ringlet::fuzz
