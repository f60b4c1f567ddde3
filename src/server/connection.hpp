// One client's connection, from accept to close: read, parse, answer, log, send; again.
#pragma once

#include "base/intrusive_list.hpp"
#include "files/reply.hpp"
#include "http/chunked.hpp"
#include "http/parser.hpp"
#include "http/target.hpp"
#include "io/socket.hpp"
#include "ringlet/response.hpp"
#include "server/outbox.hpp"
#include "server/worker_state.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace ringlet {

class connection : public list_hook {
  public:
    connection(worker_state& shared, unique_fd fd);

    /// Serves until either side closes. Runs once; the connection must outlive the coroutine.
    boost::asio::awaitable<void> run();

    /// Ends the connection at the next good moment: now if it is idle, else after the answer in
    /// progress.
    void drain();

  private:
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    // input
    std::string_view input() const noexcept;
    void keep_rest();
    awaitable<bool> receive_more();
    void arm_receive_deadline();
    bool take(const io::error_code& failed, io::lease&& bytes);

    // one request
    awaitable<void> answer_all();
    bool next_request(exchange& x);
    awaitable<void> answer(exchange& x);
    awaitable<void> answer_file(exchange& x, const mount& from, std::string_view query);
    awaitable<void> answer_by(exchange& x, const handler& call, std::string_view query);
    awaitable<void> skip_content(exchange& x);
    bool skip_available(std::uint64_t& left, http::chunked_decoder& chunks, bool chunked);

    // answers: the write_ functions leave one in the exchange's text
    std::string_view connection_value(const exchange& x) const noexcept;
    void write_error(exchange& x, http::status s, std::string_view detail = {},
                     std::string_view field = {}, std::string_view value = {});
    void write_redirect(exchange& x, std::string_view query);
    void write_response(exchange& x, const response& r);
    void refuse(exchange& x, http::status s, std::string_view detail);
    awaitable<void> add_text(std::string_view text);
    awaitable<void> add_reply(exchange& x, const files::reply& r, const files::open_file& file);
    awaitable<void> add_range(exchange& x, const files::open_file& file, http::byte_range range);
    awaitable<void> flush();
    awaitable<void> send(std::string_view bytes);
    void log_access(const exchange& x);

    awaitable<void> linger();
    static void expired(io::deadline& d);

    // Derived, so that the callback finds the connection again.
    struct phase_deadline : io::deadline {
        explicit phase_deadline(connection& c) noexcept
            : deadline(&connection::expired), owner(c) {}
        connection& owner;
    };

    worker_state& shared_;
    io::socket socket_;
    phase_deadline deadline_{*this};
    std::string input_;    // what has come, from the request that is being answered on
    std::size_t used_ = 0; // of it
    outbox out_;
    std::string peer_;       // for the log only
    bool idle_ = true;       // nothing of a request has come
    bool closing_ = false;   // the answer in the making is the last
    bool broken_ = false;    // nothing more can be sent or received
    bool lingering_ = false; // the client may still be sending: let it read the answer first
    bool timed_out_ = false; // a deadline has cancelled what was in progress
    bool reused_ = false;    // a first request has been answered
};

} // namespace ringlet
