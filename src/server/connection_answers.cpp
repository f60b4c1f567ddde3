// How a connection writes its answers: heads and small bodies into the outbox, larger ones past it.
#include "server/connection.hpp"

#include "http/error_page.hpp"
#include "http/head_writer.hpp"
#include "http/syntax.hpp"
#include "io/send_file.hpp"
#include "server/log.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace ringlet {

namespace asio = boost::asio;

std::string_view connection::connection_value(const exchange& x) const noexcept {
    if (closing_)
        return "close";
    return x.head.version == 10 ? "keep-alive" : std::string_view();
}

// The connection ends with this answer: nobody knows where the next request would begin.
void connection::refuse(exchange& x, http::status s, std::string_view detail) {
    closing_ = lingering_ = true;
    x.head.body = http::framing::none;
    write_error(x, s, detail);
}

void connection::write_error(exchange& x, http::status s, std::string_view detail,
                             std::string_view field, std::string_view value) {
    response r{static_cast<unsigned>(s), "text/html; charset=utf-8", {}, {}};
    http::error_page(r.body, s, detail);
    if (!field.empty())
        r.fields.emplace_back(field, value);
    write_response(x, r);
}

void connection::write_redirect(exchange& x, std::string_view query) {
    std::string to;
    http::encode_path(x.path + '/', to);
    if (!query.empty())
        to.append("?").append(query);
    write_error(x, http::status::permanent_redirect, {}, "Location", to);
}

namespace {

// Fields that decide about framing and the connection, or that the server always writes itself.
bool is_for_the_server(std::string_view name) noexcept {
    static constexpr std::string_view names[] = {"Connection", "Content-Type", "Content-Length",
                                                 "Date",       "Keep-Alive",   "Server",
                                                 "Trailer",    "Upgrade",      "Transfer-Encoding"};
    return std::ranges::any_of(
        names, [name](std::string_view n) { return boost::beast::iequals(n, name); });
}

bool is_sound(const response& r) noexcept {
    return r.status >= 200 && r.status <= 599 && http::is_safe_field_value(r.content_type) &&
           std::ranges::all_of(r.fields, [](const auto& f) {
               return http::is_token(f.first) && !is_for_the_server(f.first) &&
                      http::is_safe_field_value(f.second);
           });
}

} // namespace

void connection::write_response(exchange& x, const response& r) {
    if (!is_sound(r)) {
        log(log_level::error,
            x.path + ": the handler's response has a status or a field that cannot be sent");
        write_error(x, http::status::internal_server_error);
        return;
    }
    const bool bodiless = r.status == 204 || r.status == 304;
    x.status = r.status;
    x.text.clear();
    http::head_writer w(x.text, static_cast<http::status>(r.status));
    x.text += shared_.fields.lines(shared_.ctx.now());
    if (const std::string_view value = connection_value(x); !value.empty())
        w.field("Connection", value);
    for (const auto& [name, value] : r.fields)
        w.field(name, value);
    if (!r.content_type.empty() && !bodiless)
        w.field("Content-Type", r.content_type);
    if (!bodiless)
        w.field("Content-Length", r.body.size());
    w.end();
    if (bodiless || x.head.method == http::verb::head)
        return;
    x.text += r.body;
    x.body_bytes = r.body.size();
}

asio::awaitable<void> connection::add_text(std::string_view text) {
    if (!out_.takes(text.size()))
        co_await flush();
    if (out_.takes(text.size()))
        out_.append(text);
    else
        co_await send(text);
}

asio::awaitable<void> connection::add_reply(exchange& x, const files::reply& r,
                                            const files::open_file& file) {
    x.status = static_cast<unsigned>(r.status);
    co_await add_text(x.text);
    x.text.clear();
    for (const files::piece& p : r.body) {
        if (!p.text.empty())
            co_await add_text(p.text);
        x.body_bytes += p.text.size();
        if (p.range && !broken_)
            co_await add_range(x, file, *p.range);
        if (broken_)
            break;
    }
}

asio::awaitable<void> connection::add_range(exchange& x, const files::open_file& file,
                                            http::byte_range range) {
    if (range.length() > limits::batch_bytes / 2 && !out_.takes(range.length())) {
        co_await flush();
        if (broken_)
            co_return;
        io::file_part part{file.fd.get(), range.first, range.length()};
        const io::error_code failed =
            co_await io::send_file(socket_, part, deadline_, shared_.send_time);
        x.body_bytes += range.length() - part.length;
        broken_ = static_cast<bool>(failed);
        timed_out_ = timed_out_ && broken_;
        co_return;
    }
    if (!out_.takes(range.length()))
        co_await flush();
    std::span<char> left = out_.prepare(static_cast<std::size_t>(range.length()));
    while (!left.empty()) {
        auto reading =
            io::async_read_at(shared_.ctx, file.fd.get(), left, range.last + 1 - left.size(),
                              asio::as_tuple(asio::deferred));
        const auto [failed, got] = co_await std::move(reading);
        if (failed || got == 0) { // the file has become shorter: what was promised cannot be kept
            co_await flush();
            broken_ = true;
            co_return;
        }
        left = left.subspan(got);
        out_.commit(got);
        x.body_bytes += got;
    }
}

asio::awaitable<void> connection::flush() {
    co_await send(out_.bytes());
    out_.clear();
}

// In blocks, so that a slow client is measured by its pace and not by the size of the answer.
asio::awaitable<void> connection::send(std::string_view bytes) {
    while (!bytes.empty() && !broken_) {
        const std::string_view next = bytes.substr(0, io::block_pool::largest);
        shared_.send_time.arm(deadline_, shared_.ctx.now());
        auto sending = socket_.send(next);
        const auto [failed, sent] = co_await std::move(sending);
        deadline_.disarm();
        broken_ = failed || sent != next.size();
        timed_out_ = timed_out_ && broken_; // the deadline may have passed just when it was done
        bytes.remove_prefix(next.size());
    }
}

} // namespace ringlet
