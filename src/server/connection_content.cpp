// How a connection sends what is not a text: streams and other protocols.
#include "server/connection.hpp"

#include "http/head_writer.hpp"
#include "http/status.hpp"
#include "io/tcp_stream.hpp"
#include "server/listen.hpp"
#include "server/log.hpp"
#include "server/stream_writer.hpp"
#include "server/valid.hpp"

#include <boost/asio/this_coro.hpp>

namespace ringlet {

namespace asio = boost::asio;

awaitable<void> connection::answer_content() {
    const std::shared_ptr<detail::content> content = x_->answer.content; // until it is sent
    if (!check_answer() || http::never_has_content(x_->answer.status)) {
        co_await answer_text();
    } else if (const auto* own = std::get_if<detail::file_content>(&content->what)) {
        co_await answer_own_file(*own);
    } else if (const auto* mounted = std::get_if<detail::mount_content>(&content->what)) {
        co_await answer_mounted(*mounted->from);
    } else if (const auto* stream = std::get_if<detail::stream_content>(&content->what)) {
        co_await answer_stream(*stream);
    } else {
        co_await answer_upgrade(std::get<detail::upgrade_content>(content->what));
    }
}

awaitable<void> connection::answer_stream(const detail::stream_content& content) {
    using framing = stream_writer::framing;
    exchange& x = *x_;
    const bool old = x.asked.head.version == 10;
    const framing how = content.length ? framing::length
                        : old          ? framing::to_the_end
                                       : framing::chunked;
    closing_ = closing_ || how == framing::to_the_end;
    http::head_writer w(x.text, static_cast<http::status>(x.answer.status));
    begin_head(w);
    if (content.length)
        w.field("Content-Length", *content.length);
    else if (how == framing::chunked)
        w.field("Transfer-Encoding", "chunked");
    w.end();
    co_await add(x.text);
    if (has_no_content())
        co_return;
    co_await flush(); // the client may wait for the head long before the first piece
    // The end of the connection is the end of the content, unless it is a reset: however the stream
    // comes to its end before it is finished, it must not look complete.
    if (how == framing::to_the_end)
        socket_.reset_on_close();
    stream_writer out(*this, how, content.length.value_or(0));
    std::exception_ptr thrown;
    endless_ = content.endless;
    if (!(endless_ && shared_.draining)) {
        watch();
        try {
            auto producing = valid(content.produce(out), "the producer");
            co_await std::move(producing);
        } catch (...) {
            thrown = std::current_exception();
        }
    }
    if (side_->cancelling.end())
        co_await asio::this_coro::reset_cancellation_state();
    end_of_stream(out, thrown);
    endless_ = false;
    if (how == framing::to_the_end && !broken_)
        co_await finish_to_the_end();
}

// Resets no more once all is sent.
awaitable<void> connection::finish_to_the_end() {
    co_await flush();
    if (!broken_)
        socket_.reset_on_close(false);
}

// What broke off must not look complete.
void connection::end_of_stream(stream_writer& out, const std::exception_ptr& thrown) {
    stop_watching();
    broken_ = broken_ || gone_;
    if (broken_)
        return;
    std::string problem;
    if (thrown && !(endless_ && shared_.draining))
        problem = text_of(thrown);
    else if (!out.finish())
        problem = "it is shorter than was promised";
    closing_ = closing_ || shared_.draining;
    if (problem.empty())
        return;
    log(log_level::error, x_->asked.path + ": a stream broke off: " + problem);
    socket_.reset_on_close();
    broken_ = true;
}

awaitable<void> connection::answer_upgrade(const detail::upgrade_content& content) {
    exchange& x = *x_;
    co_await flush();
    if (shared_.draining) {
        closing_ = true;
        write_error(503);
        co_await answer_text();
        co_return;
    }
    if (!peer_)
        peer_ = std::make_unique<std::string>(peer()); // the session may ask
    x.status = 101;
    endless_ = true;
    detail::session_end end{{}, side_->cancelling};
    side_->session_end = &end;
    std::exception_ptr thrown;
    if (!broken_) {
        // The stream may outlive the session.
        const auto here = std::make_shared<connection*>(this);
        auto cancel_this = [weak = std::weak_ptr(here)] {
            if (const auto still = weak.lock())
                (*still)->side_->cancelling.begin();
        };
        detail::unread_end unread{shared_.linger_time, std::move(cancel_this)};
        tcp_stream s = detail::make_tcp_stream(std::move(socket_), take_rest(), std::move(unread));
        auto session = content.session(std::move(s), end, x.answer);
        try {
            co_await std::move(session);
        } catch (...) {
            thrown = std::current_exception();
        }
    }
    if (side_->cancelling.end())
        co_await asio::this_coro::reset_cancellation_state();
    side_->session_end = nullptr;
    if (thrown)
        log(log_level::error, x.asked.path + ": a session ended: " + text_of(thrown));
    broken_ = true; // the socket is the session's
}

} // namespace ringlet
