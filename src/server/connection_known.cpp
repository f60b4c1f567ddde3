// How a connection answers from memory: without a system call but the send.
#include "server/connection.hpp"

#include "files/reply.hpp"
#include "http/conditional.hpp"

namespace ringlet {
namespace {

// Copying so much costs less than to have the kernel gather it.
constexpr std::size_t copied_bytes = 2 * 1024;

constexpr std::string_view ok_line = "HTTP/1.1 200 OK\r\n";
constexpr std::string_view not_modified_line = "HTTP/1.1 304 Not Modified\r\n";

char* append(char* to, std::string_view text) noexcept {
    return to + text.copy(to, text.size());
}

} // namespace

// Whether the target alone tells which file to send: then nobody else would have taken it. What is
// known of it has passed all that a request passes otherwise.
bool connection::find_known() {
    exchange& x = *x_;
    const http::request_head& head = x.asked.head;
    // Keys that begin otherwise are for those who have passed middleware.
    if (head.method != http::verb::get || !head.target.starts_with('/') ||
        shared_.ctx.blocks().nearly_used_up())
        return false;
    const std::string_view path = head.target.substr(0, head.target.find('?'));
    const files::known_target* t = shared_.loader.find(path);
    if (t == nullptr || t->status == http::status::permanent_redirect)
        return false;
    if (t->status != http::status::ok) {
        if (shared_.rate == nullptr || !is_too_early())
            write_error(static_cast<unsigned>(t->status));
        return true;
    }
    http::coding_list accepted;
    if (t->compressible)
        accepted = http::parse_accept_encoding(head).order();
    const files::representation_ptr& r = t->find(accepted);
    if (!r)
        return false;
    if (shared_.rate == nullptr || !is_too_early())
        x.file = r;
    return true;
}

// The whole answer. Else it is for answer() to begin: ranges, and what is seldom asked.
bool connection::answer_known() {
    exchange& x = *x_;
    const files::lasting_head& lasting = x.file->lasting;
    if (!x.asked.content.ended() || lasting.whole.empty() || files::may_be_partial(x.asked.head))
        return false;
    const http::validators current{lasting.etag.view(), lasting.last_modified_s};
    switch (http::evaluate(x.asked.head, &current, shared_.fields.unix_s(shared_.ctx.now()))) {
    case http::precondition::proceed:
        return write_known(200, ok_line, lasting.whole, x.file);
    case http::precondition::not_modified:
        return write_known(304, not_modified_line, lasting.not_modified, nullptr);
    case http::precondition::failed:
        break;
    }
    return false;
}

// `fields` are those that last. Without a body it is as it would be with it.
bool connection::write_known(unsigned status, std::string_view line, std::string_view fields,
                             const files::representation_ptr& file) {
    exchange& x = *x_;
    decide_end();
    const std::string_view common = shared_.fields.lines(shared_.ctx.now());
    const std::string_view end = connection_value();
    const std::string_view body = file ? file->bytes() : std::string_view();
    const std::string_view copied = body.size() <= copied_bytes ? body : std::string_view();
    const std::size_t most = line.size() + common.size() + 32 + fields.size() + copied.size();
    if (!out_.takes(most))
        return false;
    const std::span<char> room = out_.prepare(most);
    char* at = append(append(room.data(), line), common);
    if (!end.empty())
        at = append(append(append(at, "Connection: "), end), "\r\n");
    at = append(append(at, fields), copied);
    out_.commit(static_cast<std::size_t>(at - room.data()));
    if (copied.size() != body.size())
        out_.end_with(file);
    x.status = status;
    x.body_bytes = body.size();
    log_access();
    return true;
}

} // namespace ringlet
