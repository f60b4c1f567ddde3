#include "fuzz/connection_answers.hpp"

#include "fuzz/connection_site.hpp"
#include "fuzz/fuzz.hpp"
#include "ringlet/server_limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace ringlet::fuzz {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using beast_http::field;
using answer = beast_http::response<beast_http::string_body>;

struct reading {
    answer what;
    std::size_t bytes = 0; // of the input
    bool has_head = false;
    bool is_complete = false; // the head and all of the content
    bool to_the_end = false;  // the content ends with the connection
};

// The answer at the front of `text`, after which nothing comes.
reading read_answer(std::string_view text, bool without_content) {
    beast_http::response_parser<beast_http::string_body> parser;
    parser.eager(true);
    parser.body_limit(boost::none);
    parser.skip(without_content);
    reading r;
    boost::system::error_code failed;
    while (r.bytes < text.size() && !parser.is_done() && !failed) {
        const std::string_view rest = text.substr(r.bytes);
        r.bytes += parser.put(asio::buffer(rest.data(), rest.size()), failed);
    }
    require(!failed || failed == beast_http::error::need_more);
    r.has_head = parser.is_header_done();
    r.to_the_end = r.has_head && parser.need_eof();
    r.is_complete = parser.is_done();
    if (r.has_head)
        r.what = parser.release();
    return r;
}

bool never_has_content(unsigned status) {
    return status < 200 || status == 204 || status == 304;
}

// What every answer has to be like, whatever was asked.
void check_fields(const reading& r) {
    const answer& a = r.what;
    const unsigned status = a.result_int();
    require(a.version() == 11);
    require(a.count(field::date) == 1 && a.count(field::server) == 1);
    require(a.count(field::connection) <= 1 || status == 426);
    const std::size_t lengths = a.count(field::content_length);
    const std::size_t codings = a.count(field::transfer_encoding);
    require(lengths + codings <= 1);
    if (never_has_content(status))
        require(lengths + codings == 0 && a.body().empty());
    else if (lengths + codings == 0) // then the connection's end is the content's
        require(a[field::connection] == "close");
    require(codings == 0 || a[field::transfer_encoding] == "chunked");
    require(status != 405 || a.count(field::allow) == 1);
    require(status != 206 || a.count(field::content_range) == 1);
}

bool says_close(const reading& r) {
    return r.what[field::connection] == "close";
}

// What a server has to say when it lacks something, or has to wait too long.
bool is_trouble(unsigned status) {
    return status == 408 || status == 500 || status == 503;
}

// An answer to a request that was sent to its end.
void check_content(const asked& q, const reading& r, bool disturbed) {
    const answer& a = r.what;
    const unsigned status = a.result_int();
    const bool failed = disturbed && is_trouble(status);
    const bool refused = (q.malformed && status == 400) || failed;
    require(refused || status == q.status);
    require(!q.is_old || a.count(field::transfer_encoding) == 0);
    if (q.is_old && !says_close(r))
        require(a[field::connection] == "keep-alive");
    if (q.is_head)
        require(a.body().empty());
    if (refused)
        return;
    if (q.content && a.count(field::content_length) == 1)
        require(a[field::content_length] == std::to_string(q.content->size()));
    if (q.is_head || never_has_content(status))
        return;
    if (q.content)
        require(r.is_complete ? a.body() == *q.content : q.content->starts_with(a.body()));
    else
        require(!r.is_complete || !a.body().empty()); // an error says what it is
}

// What is left of what was received, and how far the answers have come.
class checker {
  public:
    checker(const pipeline& p, const client_story& client, std::string_view received)
        : p_(p), client_(client), rest_(received), sure_(!client.hurried && !client.disturbed) {}

    void check() {
        for (const asked& q : p_.requests) {
            if (ended_ || q.begin >= client_.sent)
                break;
            if (!check_one(q))
                break;
        }
        if (p_.raw < client_.sent && !ended_)
            check_raw();
        require(rest_.empty());
    }

  private:
    // Returns whether there was an answer, after which there may be another.
    bool check_one(const asked& q) {
        const bool sent = client_.sent >= q.end;
        const auto begun = std::string_view(p_.bytes).substr(q.begin, client_.sent - q.begin);
        const bool without_content = q.is_head && begun.find("HEAD") != begun.npos;
        if (client_.half_closed && (!sent || (q.waits && !client_.patient)))
            sure_ = false;
        skip_continue(q);
        if (rest_.empty()) {
            require(!must_answer());
            ended_ = true;
            return false;
        }
        if (client_.disturbed && q.is_head && rest_.starts_with("HTTP/1.1 408")) {
            rest_ = {}; // with content, where the server never knew what was asked
            ended_ = true;
            return false;
        }
        const reading r = take_answer(without_content);
        require(r.is_complete || !must_answer());
        ended_ = !r.is_complete;
        if (!r.has_head)
            return false;
        check_fields(r);
        if (sent)
            check_content(q, r, client_.disturbed);
        else
            check_cut(q, r);
        if (q.then == afterwards::may_end)
            sure_ = false;
        ended_ = ended_ || !sent || says_close(r) || q.then == afterwards::ends;
        if (sent && client_.patient && q.then == afterwards::goes_on)
            require(!says_close(r));
        if (says_close(r) && !client_.disturbed)
            require(client_.lasted < server_limits().idle_timeout_s);
        return !ended_;
    }

    reading take_answer(bool without_content) {
        reading r = read_answer(rest_, without_content);
        rest_.remove_prefix(r.bytes);
        // What broke off must not look complete.
        if (r.to_the_end && (client_.patient || !client_.cut_off))
            r.is_complete = true;
        if (!r.is_complete)
            rest_ = {}; // it belongs to the same
        return r;
    }

    // 100 Continue, where it may be.
    void skip_continue(const asked& q) {
        constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
        if (!rest_.starts_with("HTTP/1.1 100"))
            return;
        require(q.expects && q.reads);
        require(rest_.starts_with(text) || text.starts_with(rest_));
        rest_.remove_prefix(std::min(text.size(), rest_.size()));
    }

    // A request that never came to its end: the client is told so, or gets the answer which the
    // rest would not have changed.
    void check_cut(const asked& q, const reading& r) {
        const unsigned status = r.what.result_int();
        require(status == q.status || status == 408 || status == 400 ||
                (client_.disturbed && is_trouble(status)));
    }

    // Bytes of the fuzzer's own may be any requests: then only the framing counts. What belongs to
    // a HEAD is not known here.
    void check_raw() {
        const std::string_view raw = std::string_view(p_.bytes).substr(p_.raw);
        while (!rest_.empty()) {
            if (raw.find("HEAD") != raw.npos) {
                rest_ = {};
                return;
            }
            const reading r = take_answer(false);
            require(r.is_complete || !client_.patient || client_.half_closed);
            if (!r.has_head || !r.is_complete)
                break;
            if (r.what.result_int() == 100)
                continue;
            check_fields(r);
            if (says_close(r))
                break;
        }
    }

    bool must_answer() const { return sure_ && (client_.patient || client_.half_closed); }

    const pipeline& p_;
    const client_story& client_;
    std::string_view rest_;
    bool sure_;          // nothing has happened yet after which answers may be missing
    bool ended_ = false; // nothing comes after this
};

} // namespace

void check_answers(const pipeline& p, const client_story& client, std::string_view received) {
    checker(p, client, received).check();
}

} // namespace ringlet::fuzz
