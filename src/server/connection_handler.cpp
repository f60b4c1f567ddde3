// What a connection does while a handler runs: gives it the request's content, and tells it when
// the client has gone.
#include "server/connection.hpp"
#include "server/listen.hpp"
#include "server/suspend.hpp"

#include <boost/system/system_error.hpp>

namespace ringlet {

namespace asio = boost::asio;

// What has ended by now has cost no look at the client, and none at the time.
void connection::client_watcher::about_to_wait() {
    owner.socket_.watch(*this);
    owner.begin_handler_time();
}

// Not for what runs when the answer has begun.
void connection::begin_handler_time() noexcept {
    exchange& x = *x_;
    if (x.status != 0 || x.reading || x.late.passed)
        return;
    x.late.of = &side_->cancelling;
    shared_.handler_time.arm(x.late, shared_.ctx.now());
}

// The client's time, not the handler's, which begins again afterwards.
class connection::waiting_for_content {
  public:
    explicit waiting_for_content(connection& c) noexcept : self_(c) {
        self_.x_->reading = true;
        self_.x_->late.disarm();
    }
    waiting_for_content(const waiting_for_content&) = delete;
    waiting_for_content& operator=(const waiting_for_content&) = delete;
    ~waiting_for_content() {
        self_.x_->reading = false;
        if (!self_.side_->watcher.is_linked()) // else it begins with the loop's next wait
            self_.begin_handler_time();
    }

  private:
    connection& self_;
};

bool connection::client_watcher::received(std::string_view bytes) {
    auto& ahead = owner.x_->ahead;
    ahead.insert(ahead.end(), bytes.begin(), bytes.end());
    return ahead.size() < limits::ahead_bytes;
}

void connection::client_watcher::ended() {
    owner.gone_ = true;
    if (!(owner.flushing_ && owner.x_->reading)) // earlier answers are sent first: see next_piece()
        owner.side_->cancelling.begin();
}

void connection::stop_watching() noexcept {
    side_->watcher.unlink();
    socket_.unwatch();
}

// What has come behind the request, for whoever takes the connection over.
std::string connection::take_rest() {
    std::string rest(input());
    rest.append(x_->ahead.begin(), x_->ahead.end());
    used_ = input_.size();
    x_->ahead.clear();
    return rest;
}

std::string connection::peer() const {
    return peer_ ? *peer_ : peer_address(socket_.native_handle());
}

awaitable<std::string_view> connection::next_piece() {
    if (lingering_ || broken_) // then there may be no more to wait for
        co_await suspend();
    for (;;) {
        const auto piece = take_piece();
        if (piece)
            co_return *piece;
        const waiting_for_content waiting(*this);
        if (!out_.empty() && !flushing_) {
            co_await flush(); // earlier answers too: the client may wait for them
            if (gone_)
                side_->cancelling.begin();
            continue; // what came meanwhile was received ahead
        }
        begin_receiving_content();
        auto receiving = socket_.receive();
        auto [failed, bytes] = co_await std::move(receiving);
        end_receiving_content(failed, bytes);
    }
}

namespace {

http_error no_memory() {
    http_error e(503, "The server has no memory for the content.");
    e.set("Retry-After", std::to_string(limits::retry_after_s));
    return e;
}

} // namespace

// Until the request has been answered.
void connection::hold(std::size_t bytes) {
    if (!side_->content_held.set(side_->content_held.bytes() + bytes))
        throw no_memory();
}

// Nothing when more must be received first.
std::optional<std::string_view> connection::take_piece() {
    using what = body_reader::what;
    exchange& x = *x_;
    for (;;) {
        const auto s = x.asked.content.next(input());
        used_ += s.consumed;
        x.continued = x.continued || s.consumed != 0; // it is sent already
        if (s.what == what::piece || s.what == what::end)
            return s.piece;
        if (s.what != what::more) {
            closing_ = lingering_ = true; // where the next request begins is unknown
            if (s.what == what::malformed)
                throw http_error(400, "The chunked coding of the content is malformed.");
            throw http_error(413, "The content is larger than is accepted here.");
        }
        // The handler has views into the head: it stays where it is.
        if (x.pinned.empty())
            x.pinned.swap(input_);
        input_.clear();
        used_ = 0;
        input_.swap(x.ahead);
        if (input_.empty())
            break;
    }
    // Once the answer has begun it is too late for that.
    if (x.status == 0 && x.asked.head.expect_continue && !x.continued) {
        if (out_.takes_interim()) {
            out_.append("HTTP/1.1 100 Continue\r\n\r\n");
            x.continued = true;
        } else if (out_.empty()) {
            throw no_memory();
        } // else when the answers before it have been sent
    }
    return std::nullopt;
}

void connection::begin_receiving_content() {
    if (broken_)
        throw boost::system::system_error(asio::error::broken_pipe);
    x_->asked_at = shared_.ctx.now();
    shared_.body_time.arm(deadline_, x_->asked_at);
}

// Whether the content comes at the pace that it has to, now that there are `bytes` more.
bool connection::keeps_pace(std::size_t bytes) noexcept {
    exchange& x = *x_;
    x.waited += shared_.ctx.now() - x.asked_at;
    x.received += bytes;
    const std::uint32_t pace = shared_.most.body_min_bytes_per_s;
    const auto beyond =
        std::chrono::ceil<std::chrono::seconds>(x.waited) - shared_.most.body_timeout_s;
    return pace == 0 || beyond.count() <= 0 ||
           x.received / pace >= static_cast<std::uint64_t>(beyond.count());
}

void connection::end_receiving_content(const io::error_code& failed, const io::lease& bytes) {
    deadline_.disarm();
    if (!failed && keeps_pace(bytes.bytes().size())) {
        timed_out_ = false;
        input_.insert(input_.end(), bytes.bytes().begin(), bytes.bytes().end());
    } else if (std::exchange(timed_out_, false) || !failed) {
        closing_ = lingering_ = true;
        throw http_error(408, "The content did not arrive in time.");
    } else {
        gone_ = gone_ || failed != asio::error::operation_aborted;
        throw boost::system::system_error(failed);
    }
}

} // namespace ringlet
