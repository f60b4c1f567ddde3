// How a connection writes its answers: heads and small bodies into the outbox, larger ones past it.
#include "server/connection.hpp"

#include "http/head_writer.hpp"
#include "http/status.hpp"
#include "http/syntax.hpp"
#include "server/error_answer.hpp"
#include "server/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <array>

namespace ringlet {

namespace asio = boost::asio;

// Before the head is written: content that is too long to skip, or that the client sends only when
// told to, ends the connection, and so does the server's own end.
void connection::decide_end() noexcept {
    const exchange& x = *x_;
    const body_reader& content = x.asked.content;
    if (!content.ended() &&
        ((x.asked.head.expect_continue && !x.continued) ||
         std::max(content.left(), content.look_at(input()).left) > limits::drained_body_bytes))
        closing_ = lingering_ = true;
    closing_ = closing_ || shared_.draining; // which may have begun while the handler was busy
}

std::string_view connection::connection_value() const noexcept {
    if (closing_)
        return "close";
    return x_->asked.head.version == 10 ? "keep-alive" : std::string_view();
}

// The connection ends with this answer: nobody knows where the next request would begin.
void connection::refuse(http::status s, std::string_view detail) {
    closing_ = lingering_ = true;
    x_->asked.head.body = http::framing::none;
    write_error(static_cast<unsigned>(s), detail);
}

// Who is too many is told so before it has asked: reading would take what there is too little of.
void connection::turn_away() {
    const bool one = ticket_.verdict() == admission::verdict::too_many_of_one;
    const unsigned status = one ? 429 : 503;
    std::string text;
    http::head_writer w(text, static_cast<http::status>(status));
    text += shared_.fields.lines(shared_.ctx.now());
    w.field("Connection", "close");
    w.field("Retry-After", limits::retry_after_s);
    w.field("Content-Length", std::uint64_t{0});
    w.end();
    closing_ = lingering_ = true;
    broken_ = !out_.takes(text.size());
    if (!broken_)
        out_.append(text);
    if (shared_.access == nullptr)
        return;
    access_entry e;
    e.peer = *peer_;
    e.unix_s = shared_.fields.unix_s(shared_.ctx.now());
    e.status = status;
    std::string line;
    format_access_line(line, e);
    shared_.access->append(line);
}

// There is no memory for an answer. Nothing of it has begun.
void connection::write_busy() {
    write_error(503, "The server has no memory for more.");
    x_->answer.set("Retry-After", std::to_string(limits::retry_after_s));
}

// What middleware has added to the answer stays.
void connection::write_error(unsigned status, std::string_view detail) {
    exchange& x = *x_;
    response r = error_answer(x.asked, status, detail);
    if (!x.asked.allowed.empty() && status == 405)
        r.set("Allow", x.asked.allowed);
    std::ranges::move(x.answer.fields, std::back_inserter(r.fields));
    x.answer = std::move(r);
    x.status = status;
}

void connection::write_redirect() {
    exchange& x = *x_;
    std::string to;
    http::encode_path(x.asked.path + '/', to);
    if (!x.asked.query.empty())
        to.append("?").append(x.asked.query);
    write_error(308);
    x.answer.set("Location", std::move(to));
}

namespace {

// Fields that decide about framing and the connection, or that the server always writes itself.
bool is_for_the_server(std::string_view name) noexcept {
    static constexpr std::string_view names[] = {"Connection", "Content-Type", "Content-Length",
                                                 "Date",       "Keep-Alive",   "Server",
                                                 "Trailer",    "Upgrade",      "Transfer-Encoding"};
    return std::ranges::any_of(names,
                               [name](std::string_view n) { return http::iequals(n, name); });
}

// What keeps the response from being sent; empty if nothing does.
std::string fault_of(const response& r) {
    if (r.status < 200 || r.status > 599)
        return "its status is " + std::to_string(r.status);
    if (!http::is_safe_field_value(r.content_type))
        return "its content_type has a CR, LF or NUL";
    for (const auto& [name, value] : r.fields) {
        if (!http::is_token(name))
            return "'" + name + "' is not the name of a field";
        if (is_for_the_server(name))
            return "the field '" + name + "' is for the server to write";
        if (!http::is_safe_field_value(value))
            return "the field '" + name + "' has a CR, LF or NUL";
    }
    return {};
}

} // namespace

bool connection::has_no_content() const noexcept {
    return http::never_has_content(x_->status) || x_->asked.head.method == http::verb::head;
}

// Whether the answer can be sent; else it has become a 500.
bool connection::check_answer() {
    exchange& x = *x_;
    const std::string fault = fault_of(x.answer);
    if (fault.empty())
        return true;
    log(log_level::error, x.asked.path + ": the handler's response cannot be sent: " + fault);
    x.answer = {};
    write_error(500);
    return false;
}

// Status and fields, but for those of the content. Leaves out what `without` names.
void connection::begin_head(http::head_writer& w) {
    exchange& x = *x_;
    x.status = x.answer.status;
    x.text += shared_.fields.lines(shared_.ctx.now());
    decide_end();
    if (const std::string_view value = connection_value(); !value.empty())
        w.field("Connection", value);
    if (x.status == 426) { // RFC 9110 section 15.5.22
        w.field("Connection", "Upgrade");
        w.field("Upgrade", "websocket");
    }
    for (const auto& [name, value] : x.answer.fields)
        w.field(name, value);
    if (!x.answer.content_type.empty() && !http::never_has_content(x.status))
        w.field("Content-Type", x.answer.content_type);
}

void connection::write_response() {
    check_answer();
    exchange& x = *x_;
    http::head_writer w(x.text, static_cast<http::status>(x.answer.status));
    begin_head(w);
    if (http::never_has_content(x.status))
        x.answer.body.clear();
    if (x.status != 204 && x.status != 304) // 205 has a length, of zero
        w.field("Content-Length", x.answer.body.size());
    w.end();
    if (has_no_content())
        x.answer.body.clear();
    x.body_bytes = x.answer.body.size();
}

awaitable<void> connection::answer_text() {
    write_response();
    co_await add(x_->text);
    co_await add(x_->answer.body);
}

awaitable<void> connection::add(std::string_view text) {
    if (add_at_once(text))
        co_return;
    co_await flush();
    if (!add_at_once(text))
        co_await send(text);
}

bool connection::add_at_once(std::string_view text) {
    const bool fits = out_.takes(text.size());
    if (fits)
        out_.append(text);
    return fits;
}

awaitable<void> connection::flush() {
    struct flushing {
        connection& self;
        explicit flushing(connection& c) noexcept : self(c) { self.flushing_ = true; }
        ~flushing() {
            self.flushing_ = false;
            self.out_.clear();
        }
    } const now(*this);
    if (out_.tail().empty())
        co_await send(out_.bytes());
    else if (!broken_)
        co_await send_both(out_.bytes(), out_.tail());
}

// In blocks, so that a slow client is measured by its pace and not by the size of the answer.
awaitable<void> connection::send(std::string_view bytes) {
    while (!bytes.empty() && !broken_) {
        const std::string_view next = bytes.substr(0, io::block_pool::largest);
        const io::clock::time_point began = begin_send();
        auto sending = socket_.send(next);
        const auto [failed, sent] = co_await std::move(sending);
        end_of_send(failed || sent != next.size(), sent, began);
        bytes.remove_prefix(next.size());
    }
}

// The same for bytes that lie in a file, too.
awaitable<void> connection::send_stored(std::string_view bytes, io::file_place place) {
    while (!bytes.empty() && !broken_) {
        const std::string_view next = bytes.substr(0, io::block_pool::largest);
        const io::clock::time_point began = begin_send();
        auto sending = socket_.async_send(next, place, asio::as_tuple(asio::deferred));
        const auto [failed, sent] = co_await std::move(sending);
        end_of_send(failed || sent != next.size(), sent, began);
        bytes.remove_prefix(next.size());
        place.offset += next.size();
    }
}

// Two that are no larger than a block together.
awaitable<void> connection::send_both(std::string_view first, std::string_view second) {
    const io::clock::time_point began = begin_send();
    const std::array<asio::const_buffer, 2> parts{asio::buffer(first), asio::buffer(second)};
    auto sending = socket_.async_send_all(parts, asio::as_tuple(asio::deferred));
    const auto [failed, sent] = co_await std::move(sending);
    end_of_send(failed || sent != first.size() + second.size(), sent, began);
}

io::clock::time_point connection::begin_send() noexcept {
    const io::clock::time_point now = shared_.ctx.now();
    shared_.send_time.arm(deadline_, now);
    return now;
}

void connection::end_of_send(bool failed, std::size_t sent, io::clock::time_point began) noexcept {
    deadline_.disarm();
    broken_ = failed;
    timed_out_ = timed_out_ && failed; // the deadline may have passed just when it was done
    socket_.peer_took(sent, shared_.ctx.now() - began);
}

} // namespace ringlet
