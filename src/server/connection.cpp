#include "server/connection.hpp"

#include "server/error_answer.hpp"
#include "server/listen.hpp"
#include "server/log.hpp"
#include "server/nowhere.hpp"
#include "server/valid.hpp"

#include <algorithm>

namespace ringlet {

namespace asio = boost::asio;

connection::connection(worker_state& shared, unique_fd fd, admission::ticket ticket)
    : shared_(shared),
      socket_(shared.ctx, std::move(fd)),
      out_(shared.ctx.blocks()),
      ticket_(std::move(ticket)) {
    if (shared_.access != nullptr)
        peer_ = std::make_unique<std::string>(peer_address(socket_.native_handle()));
    if (ticket_.verdict() != admission::verdict::admitted)
        turn_away();
}

connection::~connection() = default;

// --- one request ---

// Answers what needs nothing but time.
connection::need connection::answer_requests() {
    while (next_request()) {
        if (find_endpoint())
            return need::call;
        if (!answer_at_once())
            return need::answer;
        end_of_request();
    }
    return closing_ || broken_ ? need::end : need::input;
}

// Returns whether there is a request to answer. What cannot be parsed is refused here, and is the
// last.
bool connection::next_request() {
    if (closing_ || broken_ || (input().empty() && !timed_out_))
        return false;
    if (!x_)
        x_ = shared_.take_exchange();
    exchange& x = *x_;
    http::request_head& head = x.asked.head;
    const http::parse_result parsed = http::parse_request_head(input(), head, shared_.most);
    if (parsed.what == http::outcome::partial && !timed_out_ && !no_room_) {
        shared_.give_back(std::move(x_));
        return false;
    }
    deadline_.disarm();
    x.began = shared_.ctx.now();
    x.to = nullptr;
    x.from = nullptr;
    x.file.reset();
    x.text.clear();
    x.status = 0;
    x.body_bytes = 0;
    x.continued = false;
    x.unlogged = false;
    x.waited = {};
    x.received = 0;
    x.asked.reset();
    x.asked.source = this;
    if (parsed.what == http::outcome::complete) {
        used_ += parsed.consumed;
        closing_ = closing_ || shared_.draining || !head.keep_alive ||
                   answered_ + 1 >= shared_.most.requests_per_connection;
    } else if (timed_out_) {
        const http::verb method = head.method; // an answer to HEAD has no content
        head = {};
        head.method = method;
        refuse(http::status::request_timeout, "The request did not arrive in time.");
    } else if (parsed.what == http::outcome::partial) { // no room for the rest
        head = {};
        closing_ = lingering_ = true;
        write_busy();
    } else {
        refuse(parsed.error, parsed.reason);
    }
    x.asked.content.begin(head, shared_.most.body_bytes);
    if (x.status == 0 && head.body == http::framing::chunked)
        check_content();
    return true;
}

// Returns whether there is a handler to be called. A file without middleware needs none, and what
// has been refused neither.
bool connection::find_endpoint() {
    exchange& x = *x_;
    if (x.status != 0 || find_known())
        return false;
    const auto target = http::split_target(x.asked.head.target, x.asked.head.method);
    if (target && target->path.empty()) { // `*`, or a host for CONNECT
        // What follows CONNECT is perhaps no longer HTTP.
        if (x.asked.head.method == http::verb::connect)
            closing_ = lingering_ = true;
        x.answer = answer_other_method(x.asked, shared_.what.allowed);
        return false;
    }
    if (target && target->secure) {
        write_error(421, "This connection is not secure.");
        return false;
    }
    const auto known =
        target ? http::decode_path(target->path, x.asked.path) : http::status::bad_request;
    if (known == http::status::bad_request) {
        refuse(known, "The request target is malformed.");
        return false;
    }
    if (known != http::status::ok) {
        write_error(static_cast<unsigned>(known));
        return false;
    }
    if (shared_.probes != nullptr && answer_health(*shared_.probes, x.asked, x.answer)) {
        x.unlogged = true; // they come every few seconds and say nothing
        return false;
    }
    if (shared_.ctx.blocks().nearly_used_up()) {
        write_busy();
        return false;
    }
    if (shared_.rate != nullptr && is_too_early())
        return false;
    find_way(*target);
    if (x.to->around.empty())
        x.from = x.to->files;
    return x.from == nullptr;
}

// Whether the client has asked too often: then it is told so.
bool connection::is_too_early() {
    const std::uint64_t seconds = shared_.rate->take(ticket_.client(), shared_.ctx.now());
    if (seconds == 0)
        return false;
    write_error(429, "There were too many requests from this address.");
    x_->answer.set("Retry-After", std::to_string(seconds));
    return true;
}

// Routes win over files; but a path that has a route for another method may well be a file that can
// be read.
void connection::find_way(const http::target_view& target) {
    request::data& asked = x_->asked;
    const site& what = shared_.what;
    asked.query = target.query;
    router::match found;
    if (!what.routes.empty())
        found = what.routes.find(asked.head.method, asked.path, asked.params);
    if (found.what != nullptr) {
        x_->to = found.what;
        return;
    }
    if (found.path_known)
        asked.allowed = what.routes.allowed(asked.path);
    const bool reads =
        asked.head.method == http::verb::get || asked.head.method == http::verb::head;
    asked.from = reads || !found.path_known ? what.find_mount(asked.path) : nullptr;
    if (asked.from == nullptr && found.path_known)
        x_->to = &found.other->in->nowhere;
    else
        x_->to = &what.find_endpoint(asked.path, asked.from);
}

namespace {

// As others log it: the client has closed the connection before there was an answer.
constexpr unsigned client_closed = 499;

} // namespace

awaitable<response> connection::call_handler() {
    const endpoint& to = *x_->to;
    return to.around.empty() ? valid(to.call(x_->given), "the handler")
                             : next_handler(to, 0)(x_->given);
}

void connection::end_of_handler(const std::exception_ptr& thrown) {
    stop_watching();
    broken_ = broken_ || gone_;
    const bool late = std::exchange(x_->late.passed, false);
    if (broken_)
        x_->status = client_closed;
    else if (late)
        x_->answer = late_answer();
    else if (thrown)
        x_->answer = error_answer(x_->asked, thrown);
}

response connection::late_answer() {
    request::data& asked = x_->asked;
    log(log_level::warning, std::string(asked.head.method_name) + ' ' + asked.path +
                                ": handler cancelled, it took longer than handler_timeout_s");
    response r = error_answer(asked, 503, "There was no answer in time.");
    r.set("Retry-After", std::to_string(limits::retry_after_s));
    return r;
}

// The whole answer, where nothing has to be waited for. Else it is for answer() to begin.
bool connection::answer_at_once() {
    exchange& x = *x_;
    if (broken_) {
        log_access();
        return true;
    }
    if (x.file)
        return answer_known();
    if (x.answer.content || x.from != nullptr || !x.asked.content.ended())
        return false;
    write_response();
    if (!out_.takes(x.text.size() + x.answer.body.size()))
        return false;
    out_.append(x.text);
    out_.append(x.answer.body);
    log_access();
    return true;
}

awaitable<void> connection::answer() {
    exchange& x = *x_;
    if (x.file) {
        co_await answer_file(*x.file);
    } else if (x.from != nullptr) {
        co_await answer_mounted(*x.from);
    } else if (x.answer.content) {
        co_await answer_content();
    } else {
        if (x.text.empty())
            write_response();
        co_await add(x.text);
        co_await add(x.answer.body);
    }
    log_access();
    if (!x.asked.content.ended())
        co_await skip_content();
}

void connection::end_of_request() {
    exchange& x = *x_;
    if (!x.ahead.empty()) {
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used_));
        used_ = 0;
        input_.insert(input_.end(), x.ahead.begin(), x.ahead.end());
    }
    if (side_)
        side_->content_held.set(0);
    ++answered_;
    endless_ = false;
    shared_.give_back(std::move(x_));
}

void connection::log_access() {
    const exchange& x = *x_;
    if (shared_.access == nullptr || x.unlogged)
        return;
    const http::request_head& head = x.asked.head;
    const auto value = [&head](http::field_id id) {
        const auto f = head.find(id);
        return f ? f->value : std::string_view();
    };
    // The loop's clock is from before the answer; a log wants the time after it.
    const auto took = io::clock::now() - x.began;
    std::string line;
    format_access_line(line,
                       {.peer = *peer_,
                        .unix_s = shared_.fields.unix_s(x.began),
                        .method = head.method_name,
                        .target = head.target,
                        .version = head.version,
                        .received = head.target.empty() ? first_line(input()) : std::string_view(),
                        .status = x.status,
                        .body_bytes = x.body_bytes,
                        .referer = value(http::field_id::referer),
                        .user_agent = value(http::field_id::user_agent),
                        .duration_us = static_cast<std::uint64_t>(
                            std::chrono::duration_cast<std::chrono::microseconds>(took).count())});
    shared_.access->append(line);
}

} // namespace ringlet
