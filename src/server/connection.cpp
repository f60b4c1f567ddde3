#include "server/connection.hpp"

#include "http/head_writer.hpp"
#include "server/listen.hpp"
#include "server/log.hpp"
#include "server/request_data.hpp"

#include <algorithm>

namespace ringlet {

namespace asio = boost::asio;

connection::connection(worker_state& shared, unique_fd fd)
    : shared_(shared), socket_(shared.ctx, std::move(fd)), out_(shared.ctx.blocks()) {
    if (shared_.access != nullptr)
        peer_ = peer_address(socket_.native_handle());
}

asio::awaitable<void> connection::run() {
    for (;;) {
        // Not in the loop's condition: g++ 12.2 lays such frames out wrongly.
        const bool more = co_await receive_more();
        if (!more)
            break;
        co_await answer_all();
        co_await flush();
        if (closing_ || broken_)
            break;
        keep_rest();
        socket_.stay_armed(); // the client keeps the connection alive: from now on it pays
    }
    if (!broken_ && (lingering_ || !input().empty()))
        co_await linger();
    deadline_.disarm();
    socket_.close();
}

void connection::drain() {
    if (idle_ && reused_)
        socket_.cancel_receive();
    else if (idle_) // its first request may be on the way
        shared_.linger_time.arm(deadline_, shared_.ctx.now());
}

// --- input ---

std::string_view connection::input() const noexcept {
    return std::string_view(input_).substr(used_);
}

// Between requests a connection holds memory only for an incomplete request.
void connection::keep_rest() {
    input_.erase(0, std::exchange(used_, 0));
    idle_ = input_.empty();
    if (idle_)
        std::string().swap(input_);
}

asio::awaitable<bool> connection::receive_more() {
    if (shared_.draining && idle_ && reused_)
        co_return false;
    arm_receive_deadline();
    auto receiving = socket_.receive();
    auto [failed, bytes] = co_await std::move(receiving);
    co_return take(failed, std::move(bytes));
}

// A head has one deadline, however many pieces it comes in.
void connection::arm_receive_deadline() {
    if (idle_ && shared_.draining)
        shared_.linger_time.arm(deadline_, shared_.ctx.now());
    else if (idle_ && reused_)
        shared_.idle_time.arm(deadline_, shared_.ctx.now());
    else if (!deadline_.armed())
        shared_.head_time.arm(deadline_, shared_.ctx.now());
}

bool connection::take(const io::error_code& failed, io::lease&& bytes) {
    if (failed && timed_out_ && !idle_)
        return true; // a request that came too slowly is told so
    if (failed) {
        broken_ = true;
        return false;
    }
    timed_out_ = false; // the deadline may have passed just when the bytes came: they win
    if (std::exchange(idle_, false))
        shared_.head_time.arm(deadline_, shared_.ctx.now());
    // Copied, for the kernel's buffers are few: an answer can take as long as its handler or its
    // client does, and must not hold one meanwhile.
    input_.append(bytes.bytes());
    return true;
}

void connection::expired(io::deadline& d) {
    connection& self = static_cast<phase_deadline&>(d).owner;
    self.timed_out_ = true;
    if (!self.socket_.cancel_receive()) // then a send is in progress
        self.socket_.cancel();
}

// --- one request ---

asio::awaitable<void> connection::answer_all() {
    auto x = shared_.take_exchange();
    while (!closing_ && !broken_ && next_request(*x)) {
        if (x->text.empty()) // else it was refused before it was looked at
            co_await answer(*x);
        if (!broken_)
            co_await add_text(x->text);
        log_access(*x);
        if (x->head.body != http::framing::none)
            co_await skip_content(*x);
        reused_ = true;
    }
    shared_.give_back(std::move(x));
}

// Returns whether there is a request to answer. What cannot be parsed is refused here, and is the
// last.
bool connection::next_request(exchange& x) {
    const http::parse_result parsed = http::parse_request_head(input(), x.head);
    if (parsed.what == http::outcome::partial && !timed_out_)
        return false;
    deadline_.disarm();
    x.began = shared_.ctx.now();
    x.text.clear();
    x.body_bytes = 0;
    if (parsed.what == http::outcome::complete) {
        used_ += parsed.consumed;
        closing_ = closing_ || shared_.draining || !x.head.keep_alive;
    } else if (timed_out_) {
        x.head = {};
        refuse(x, http::status::request_timeout, "The request did not arrive in time.");
    } else {
        if (x.head.method_name.empty())
            x.head = {};
        refuse(x, parsed.error, parsed.reason);
    }
    return true;
}

asio::awaitable<void> connection::answer(exchange& x) {
    // Content that is too long to skip, or that the client sends only when told to, ends the
    // connection.
    if (x.head.expect_continue || (x.head.body == http::framing::content_length &&
                                   x.head.content_length > limits::drained_body_bytes))
        closing_ = lingering_ = true;

    const auto target = http::split_target(x.head.target, x.head.method);
    if (!target ||
        (!target->asterisk && !target->path.empty() && !http::decode_path(target->path, x.path))) {
        refuse(x, http::status::bad_request, "The request target is malformed.");
        co_return;
    }
    const router& routes = shared_.what.routes;
    router::match found;
    if (!routes.empty() && !target->path.empty())
        found = routes.find(x.head.method, x.path, x.params);
    if (found.what != nullptr) {
        co_await answer_by(x, found.what->call, target->query);
        co_return;
    }
    const bool reads = x.head.method == http::verb::get || x.head.method == http::verb::head;
    if (found.path_known || !reads) {
        write_error(x, http::status::method_not_allowed, "This resource can only be read.", "Allow",
                    found.path_known ? routes.allowed(x.path) : "GET, HEAD");
        co_return;
    }
    const mount* from = shared_.what.find_mount(x.path);
    if (from == nullptr || http::is_hidden(x.path))
        write_error(x, http::status::not_found);
    else
        co_await answer_file(x, *from, target->has_query ? target->query : std::string_view());
}

namespace {

// False, and the operator is told, when the program's own function fails or gives what cannot be
// sent.
bool ask_cache_control(const mount& from, const std::string& path, std::string& value) {
    if (!from.options.cache_control)
        return true;
    std::string failed = "its value cannot be sent";
    try {
        value = from.options.cache_control(path);
        if (http::is_safe_field_value(value))
            return true;
    } catch (const std::exception& e) {
        failed = e.what();
    }
    log(log_level::error, path + ": cache_control failed: " + failed);
    return false;
}

} // namespace

asio::awaitable<void> connection::answer_file(exchange& x, const mount& from,
                                              std::string_view query) {
    std::string_view path = std::string_view(x.path).substr(from.prefix.size());
    if (path.empty()) { // the mount itself, without its slash
        write_redirect(x, query);
        co_return;
    }
    const bool folder = path.back() == '/';
    const std::string_view type =
        shared_.what.types.content_type(folder ? files::index_file : path);
    http::coding_list codings;
    if (files::may_be_encoded(type))
        codings = http::parse_accept_encoding(x.head).order();
    files::resolution found = co_await files::resolve(shared_.ctx, from.root.fd(), path, codings);

    if (found.status == http::status::permanent_redirect && folder)
        found.status = http::status::not_found; // index.html is itself a folder
    if (found.status == http::status::permanent_redirect) {
        write_redirect(x, query);
        co_return;
    }
    if (found.status != http::status::ok) {
        write_error(x, found.status);
        co_return;
    }
    std::string cache_control;
    if (!ask_cache_control(from, x.path, cache_control)) {
        write_error(x, http::status::internal_server_error);
        co_return;
    }
    const io::clock::time_point now = shared_.ctx.now();
    x.text.clear();
    files::reply r =
        files::make_reply(x.text, x.head, found.file, found.coding,
                          {shared_.fields.lines(now), connection_value(x), type, cache_control,
                           shared_.fields.unix_s(now), shared_.random()});
    co_await add_reply(x, r, found.file);
}

asio::awaitable<void> connection::answer_by(exchange& x, const handler& call,
                                            std::string_view query) {
    const request::data data{x.head, x.path, query, x.params};
    request asked(data);
    response r;
    std::string failed;
    try {
        r = co_await call(asked);
    } catch (const std::exception& e) {
        failed = *e.what() != '\0' ? e.what() : "an exception without a message";
    } catch (...) {
        failed = "an exception that is not a std::exception";
    }
    if (failed.empty()) {
        write_response(x, r);
        co_return;
    }
    log(log_level::error,
        std::string(x.head.method_name) + ' ' + x.path + ": handler failed: " + failed);
    write_error(x, http::status::internal_server_error);
}

// Reads and drops the content of a request that was answered without it.
asio::awaitable<void> connection::skip_content(exchange& x) {
    const bool chunked = x.head.body == http::framing::chunked;
    std::uint64_t left = chunked ? limits::drained_body_bytes : x.head.content_length;
    http::chunked_decoder chunks;
    lingering_ = lingering_ || closing_; // not skipped then, but perhaps still on its way
    while (!closing_ && !skip_available(left, chunks, chunked)) {
        if (closing_)
            break;
        co_await flush(); // the client may be waiting for the answers before it sends on
        input_.clear();
        used_ = 0;
        if (broken_)
            break;
        const bool more = co_await receive_more();
        broken_ = broken_ || timed_out_;
        if (!more || broken_)
            break;
    }
    deadline_.disarm();
}

// Returns whether the content is over. `left` counts what may still come, chunks with all they
// carry beside data.
bool connection::skip_available(std::uint64_t& left, http::chunked_decoder& chunks, bool chunked) {
    if (!chunked) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left, input().size()));
        used_ += n;
        left -= n;
        return left == 0;
    }
    while (!input().empty()) {
        const auto step = chunks.next(input());
        if (step.what == http::outcome::bad || step.consumed > left) {
            closing_ = lingering_ = true; // where the next request begins is unknown
            return false;
        }
        left -= step.consumed;
        used_ += step.consumed;
        if (step.what == http::outcome::complete)
            return true;
    }
    return false;
}

// --- the end ---

// RFC 9112 section 9.6: closing at once would reset the connection while the client still sends,
// and the reset can overtake the answer. So: no more from us, then wait for the client's end, for a
// while and for a bounded size.
asio::awaitable<void> connection::linger() {
    socket_.shutdown_send();
    shared_.linger_time.arm(deadline_, shared_.ctx.now());
    std::size_t left = limits::drained_body_bytes;
    for (;;) {
        auto receiving = socket_.receive();
        auto [failed, bytes] = co_await std::move(receiving);
        if (failed || bytes.bytes().size() > left)
            break;
        left -= bytes.bytes().size();
    }
}

void connection::log_access(const exchange& x) {
    if (shared_.access == nullptr)
        return;
    const auto value = [&x](http::field_id id) {
        const auto f = x.head.find(id);
        return f ? f->value : std::string_view();
    };
    // The loop's clock is from before the answer; a log wants the time after it.
    const auto took = shared_.ctx.time() - x.began;
    std::string line;
    format_access_line(line,
                       {.peer = peer_,
                        .unix_s = shared_.fields.unix_s(x.began),
                        .method = x.head.method_name,
                        .target = x.head.target,
                        .version = x.head.version,
                        .status = x.status,
                        .body_bytes = x.body_bytes,
                        .referer = value(http::field_id::referer),
                        .user_agent = value(http::field_id::user_agent),
                        .duration_us = static_cast<std::uint64_t>(
                            std::chrono::duration_cast<std::chrono::microseconds>(took).count())});
    shared_.access->append(line);
}

} // namespace ringlet
