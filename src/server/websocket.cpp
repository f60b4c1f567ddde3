#include "ringlet/websocket.hpp"

#include "http/base64.hpp"
#include "http/date.hpp"
#include "http/syntax.hpp"
#include "ringlet/limits.hpp"
#include "server/cancellation.hpp"
#include "server/content.hpp"
#include "server/log.hpp"
#include "server/request_data.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>

namespace ringlet {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::websocket::close_code;

struct agreed_session {
    beast::http::request<beast::http::empty_body> handshake;
    websocket_session run;
};

// How the connection is closed for what the session threw; none: it is over already.
close_code code_for(const std::exception_ptr& thrown, const websocket& ws) {
    if (!thrown)
        return close_code::normal;
    try {
        std::rethrow_exception(first_of(thrown));
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted)
            return close_code::going_away;
        return ws.is_open() ? close_code::internal_error : close_code::none;
    } catch (...) {
        return close_code::internal_error;
    }
}

// What the handshake decides by itself, beside what no response may have.
bool is_for_the_handshake(std::string_view name) noexcept {
    return http::iequals(name, "Sec-WebSocket-Accept") ||
           http::iequals(name, "Sec-WebSocket-Extensions");
}

void add_fields(beast::websocket::response_type& to, const response& from) {
    using namespace std::chrono;
    http::http_date date;
    http::format_date(floor<seconds>(system_clock::now()).time_since_epoch().count(), date);
    to.set(beast::http::field::server, "ringlet");
    to.set(beast::http::field::date, beast::string_view(date.data(), date.size()));
    for (const auto& [name, value] : from.fields)
        if (!is_for_the_handshake(name))
            to.insert(name, value);
}

// `answer` is read before the session begins.
void prepare(websocket& ws, const response& answer) {
    using option = beast::websocket::stream_base;
    ws.set_option(option::timeout::suggested(beast::role_type::server));
    ws.set_option(option::decorator(
        [&answer](beast::websocket::response_type& head) { add_fields(head, answer); }));
    ws.read_message_max(limits::websocket_message_bytes);
}

// Closes while the session may be reading or writing, which Beast allows, then ends the session.
// One that is closing by itself is left time for it. The stream must outlive it.
class goodbye {
  public:
    goodbye(websocket& ws, detail::session_end& end)
        : ws_(ws), end_(end), patience_(ws.get_executor()), done_(ws.get_executor()) {
        done_.expires_at(asio::steady_timer::time_point::max());
        end_.begin = [this] { begin(); };
    }
    goodbye(const goodbye&) = delete;
    goodbye& operator=(const goodbye&) = delete;

    awaitable<void> wait() {
        end_.begin = nullptr;
        patience_.cancel();
        while (begun_ && !ended_) {
            auto waiting = done_.async_wait(asio::as_tuple(asio::deferred));
            co_await std::move(waiting);
            if (ended_)
                break;
            end_.waiting.end(); // the client has gone: what is under way ends with the connection
            ws_.next_layer().close();
        }
    }

  private:
    void begin() {
        begun_ = true;
        end_.begin = nullptr;
        if (ws_.is_open() && !ws_.closing()) {
            ws_.async_close(close_code::going_away,
                            [this](const boost::system::error_code&) { finish(); });
        } else {
            patience_.expires_after(limits::linger_timeout_s);
            patience_.async_wait([this](const boost::system::error_code&) { finish(); });
        }
    }

    void finish() {
        ended_ = true;
        done_.cancel();
        end_.waiting.begin();
    }

    websocket& ws_;
    detail::session_end& end_;
    asio::steady_timer patience_;
    asio::steady_timer done_;
    bool begun_ = false;
    bool ended_ = false;
};

awaitable<void> close(websocket& ws, close_code code) {
    if (code == close_code::none || !ws.is_open())
        co_return;
    const beast::websocket::close_reason reason(code);
    auto closing = ws.async_close(reason, asio::as_tuple(asio::deferred));
    co_await std::move(closing);
}

awaitable<void> serve(tcp_stream s, detail::session_end& end, const response& answer,
                      std::shared_ptr<agreed_session> what) {
    websocket ws(std::move(s));
    prepare(ws, answer);
    auto accepting = ws.async_accept(what->handshake, asio::as_tuple(asio::deferred));
    const auto [refused] = co_await std::move(accepting);
    if (refused)
        co_return; // it has been told so
    goodbye at_the_end(ws, end);
    std::exception_ptr thrown;
    try {
        auto session = what->run(ws);
        co_await std::move(session);
    } catch (...) {
        thrown = std::current_exception();
    }
    end.waiting.end(); // the goodbye is to be awaited
    co_await at_the_end.wait();
    end.waiting.end(); // and may have begun it
    const close_code code = code_for(thrown, ws);
    co_await close(ws, code);
    if (code == close_code::internal_error)
        std::rethrow_exception(thrown);
}

// RFC 6455 section 11.3: fields that a request must not have twice. One proxy would believe the
// first line, another the last.
void check_sole(const http::request_head& head, http::field_id id) {
    std::size_t lines = 0;
    head.for_each(id, [&lines](std::string_view) { ++lines; });
    if (lines > 1)
        throw http_error(400, "The WebSocket handshake repeats a field.");
}

} // namespace

response accept_websocket(request& req, websocket_session session) {
    const request::data& asked = request::data::of(req);
    if (!asked.content.ended())
        throw http_error(400, "A WebSocket handshake has no content.");
    auto what = std::make_shared<agreed_session>();
    what->run = std::move(session);
    what->handshake.method(beast::http::string_to_verb(req.method()));
    what->handshake.target(req.target());
    what->handshake.version(static_cast<int>(asked.head.version));
    for (const auto& [name, value] : req.fields())
        what->handshake.insert(name, value);
    if (!beast::websocket::is_upgrade(what->handshake))
        throw http_error(426, "This is a WebSocket.");
    check_sole(asked.head, http::field_id::sec_websocket_key);
    check_sole(asked.head, http::field_id::sec_websocket_version);
    if (req.field("Sec-WebSocket-Version") != "13") // RFC 6455 section 4.4
        throw http_error(426, "The version of the WebSocket handshake is not 13.")
            .set("Sec-WebSocket-Version", "13");
    const auto key = http::decode_base64(req.field("Sec-WebSocket-Key"));
    if (!key || key->size() != 16) // RFC 6455 section 4.2.1
        throw http_error(400, "The key of the WebSocket handshake is malformed.");
    response r;
    auto serving = [what](tcp_stream s, detail::session_end& end, const response& answer) {
        return serve(std::move(s), end, answer, what);
    };
    r.content = std::make_shared<detail::content>(
        detail::content{detail::upgrade_content{std::move(serving)}});
    return r;
}

} // namespace ringlet
