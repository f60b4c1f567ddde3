// One client's connection, from accept to close: read, parse, answer, log, send; again.
//
// Between requests it has no coroutine: what is known is answered from the loop's turn, and a
// coroutine begins where something has to be awaited. One that has called a handler stays for the
// requests to come.
#pragma once

#include "base/intrusive_list.hpp"
#include "files/reply.hpp"
#include "http/head_writer.hpp"
#include "http/parser.hpp"
#include "http/target.hpp"
#include "io/event.hpp"
#include "io/socket.hpp"
#include "server/admission.hpp"
#include "server/cancellation.hpp"
#include "server/content.hpp"
#include "server/departure.hpp"
#include "server/outbox.hpp"
#include "server/worker_state.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet {

class connection final : public list_hook, private request_source {
  public:
    connection(worker_state& shared, unique_fd fd, admission::ticket ticket = {});
    ~connection();

    /// Has `c` serve until either side closes. Then, or with the context, it destroys itself.
    static void start(std::unique_ptr<connection> c) noexcept;

    /// Ends the connection at the next good moment: now if it would never end (after the event that
    /// is being sent), after the answer in progress if there is one, and else after one more, or
    /// when none is asked for in limits::linger_timeout_s.
    void drain();

  private:
    class stream_writer;

    // What has to be done that may have to be awaited.
    enum class need : std::uint8_t { call, answer, input, end };

    // Its life. It is destroyed when nobody will come back to it: see let_go().
    class coroutine_end;
    void in_loop(void (connection::*step)()) noexcept;
    void let_go() noexcept;
    void fail(const std::exception_ptr& thrown) noexcept;
    void go_on();
    void spawn(need what);
    awaitable<void> serve(need what);
    void wait();
    void waited();
    void leave();
    void end();

    void turn_away();

    // input
    std::string_view input() const noexcept;
    void keep_rest();
    void begin_receiving();
    void limit_receiving() noexcept;
    awaitable<bool> receive_more();
    bool take(const io::error_code& failed, io::lease bytes);

    // one request
    need answer_requests();
    bool next_request();
    bool find_endpoint();
    bool find_known();
    bool is_too_early();
    void find_way(const http::target_view& target);
    awaitable<response> call_handler();
    void end_of_handler(const std::exception_ptr& thrown);
    void begin_handler_time() noexcept;
    response late_answer();
    bool answer_at_once();
    bool answer_known();
    awaitable<void> answer();
    awaitable<void> skip_content();
    bool skip_available(std::uint64_t& left);
    void end_of_request();

    // while a handler runs
    class waiting_for_content;
    awaitable<std::string_view> next_piece() override;
    std::optional<std::string_view> take_piece();
    void begin_receiving_content();
    bool keeps_pace(std::size_t bytes) noexcept;
    void end_receiving_content(const io::error_code& failed, const io::lease& bytes);
    std::string take_rest();
    std::string peer() const override;
    void hold(std::size_t bytes) override;
    bool abandoned() const noexcept override { return gone_ || broken_; }
    void watch() noexcept { shared_.ctx.before_wait(side_->watcher); }
    void stop_watching() noexcept;

    // answers: the write_ functions decide on one, or leave its head in the exchange's text
    void decide_end() noexcept;
    std::string_view connection_value() const noexcept;
    void write_error(unsigned status, std::string_view detail = {});
    void write_busy();
    void write_redirect();
    void refuse(http::status s, std::string_view detail);
    bool check_answer();
    bool has_no_content() const noexcept;
    void begin_head(http::head_writer& w);
    void write_response();
    awaitable<void> answer_text();
    awaitable<void> answer_content();
    awaitable<void> answer_stream(const detail::stream_content& content);
    void end_of_stream(stream_writer& out, const std::exception_ptr& thrown);
    awaitable<void> finish_to_the_end();
    awaitable<void> answer_upgrade(const detail::upgrade_content& content);
    awaitable<void> add(std::string_view text);
    bool add_at_once(std::string_view text);
    awaitable<void> flush();
    awaitable<void> send(std::string_view bytes);
    awaitable<void> send_stored(std::string_view bytes, io::file_place place);
    awaitable<void> send_both(std::string_view first, std::string_view second);
    void depart();
    friend departure;
    void land(std::unique_ptr<departure> d) noexcept;
    io::clock::time_point begin_send() noexcept;
    void end_of_send(bool failed, std::size_t sent, io::clock::time_point began) noexcept;
    void log_access();

    // files
    awaitable<void> answer_mounted(const mount& from);
    bool may_be_read(std::string_view path);
    void write_file_error(unsigned status);
    http::coding_list codings_for(std::string_view type) const;
    files::loaded known(const files::wanted& w);
    bool is_served(http::status found);
    awaitable<void> answer_own_file(const detail::file_content& file);
    awaitable<void> answer_file(const files::representation& r);
    files::reply write_file_head(const files::representation& r);
    bool write_known(unsigned status, std::string_view line, std::string_view fields,
                     const files::representation_ptr& file);
    awaitable<void> add_range(const files::representation& r, http::byte_range range);
    awaitable<void> add_opened(const files::open_file& file, http::byte_range range);

    void finish_event() noexcept;
    bool must_linger() const noexcept;
    awaitable<void> linger();
    void check_content();
    static void expired(io::deadline& d);
    bool keeps_taking() noexcept;

    // Derived, so that the callbacks find the connection again.
    struct phase_deadline : io::deadline {
        explicit phase_deadline(connection& c) noexcept
            : deadline(&connection::expired), owner(c) {}
        connection& owner;
    };

    struct request_reader final : io::receive_waiter {
        explicit request_reader(connection& c) noexcept
            : receive_waiter(&request_reader::finished), owner(c) {}
        void take(io::lease& bytes) override { got = std::move(bytes); }
        static void finished(io::task& t, bool invoke);
        io::lease got;
        connection& owner;
    };

    // What the client does while its handler is busy.
    struct client_watcher final : io::wait_observer, io::receive_watcher {
        explicit client_watcher(connection& c) noexcept : owner(c) {}
        void about_to_wait() override;
        bool received(std::string_view bytes) override;
        void ended() override;
        connection& owner;
    };

    // What only a connection with a coroutine needs: the others are many.
    struct coroutine_side {
        explicit coroutine_side(connection& c) noexcept
            : watcher(c),
              cancelling(c.shared_.ctx, c.shared_.cancel_again_time),
              content_held(c.shared_.ctx.blocks()) {}
        client_watcher watcher;
        cancellation cancelling;
        io::memory_charge content_held;             // that a handler has read
        io::event waited;                           // for the next request
        detail::session_end* session_end = nullptr; // while another protocol is spoken
    };

    worker_state& shared_;
    io::socket socket_;
    phase_deadline deadline_{*this};
    request_reader reader_{*this};
    std::unique_ptr<coroutine_side> side_;
    std::vector<char> input_; // what has come, from the request that is being answered on
    std::size_t used_ = 0;    // of it
    io::memory_charge input_held_{shared_.ctx.blocks()};
    std::unique_ptr<exchange> x_; // while a request is being answered
    outbox out_;
    departure* departure_ = nullptr;          // what was in it and is being sent
    std::unique_ptr<const std::string> peer_; // for the log only
    admission::ticket ticket_;
    std::uint64_t acknowledged_ = 0; // bytes, when a send was last looked at
    std::uint32_t answered_ = 0;     // requests
    bool in_loop_ = false;           // one of its functions is called from the loop
    bool stays_ = false;             // that, waiting for the next request
    bool receiving_ = false;         // the next request
    bool leaving_ = false;           // with the last answer on its way
    bool idle_ = true;               // nothing of a request has come
    bool closing_ = false;           // the answer in the making is the last
    bool broken_ = false;            // nothing more can be sent or received
    bool gone_ = false;              // the client has ended the connection while its handler ran
    bool lingering_ = false; // the client may still be sending: let it read the answer first
    bool no_room_ = false;   // for more input
    bool timed_out_ = false; // a deadline has cancelled what was in progress
    bool flushing_ = false;  // the outbox is on its way, and must not change
    bool endless_ = false;   // the answer in progress ends only when it is cancelled
};

} // namespace ringlet
