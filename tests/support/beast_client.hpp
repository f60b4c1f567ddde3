// An independent client: Beast on an ordinary io_context, nothing of ringlet's own.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringlet::testing {

namespace beast_http = boost::beast::http;

using beast_request = beast_http::request<beast_http::empty_body>;
using beast_response = beast_http::response<beast_http::string_body>;
using header_list = std::vector<std::pair<std::string, std::string>>;

inline constexpr auto beast_patience = std::chrono::seconds(30);

inline beast_request make_beast_request(const std::string& target, const header_list& fields = {},
                                        beast_http::verb method = beast_http::verb::get) {
    beast_request r(method, target, 11);
    r.set(beast_http::field::host, "localhost");
    for (const auto& [name, value] : fields)
        r.set(name, value);
    return r;
}

/// One connection.
class beast_connection {
  public:
    beast_connection(boost::asio::io_context& ctx, std::uint16_t port)
        : stream_(ctx), port_(port) {}

    boost::asio::awaitable<void> connect() {
        const boost::asio::ip::tcp::endpoint to(boost::asio::ip::address_v4::loopback(), port_);
        stream_.expires_after(beast_patience);
        auto connecting = stream_.async_connect(to, boost::asio::use_awaitable);
        co_await std::move(connecting);
    }

    /// Throws boost::system::system_error when there is no whole answer.
    template <class Body>
    boost::asio::awaitable<beast_response> exchange(beast_http::request<Body> request) {
        stream_.expires_after(beast_patience);
        auto writing = beast_http::async_write(stream_, request, boost::asio::use_awaitable);
        co_await std::move(writing);
        beast_http::response_parser<beast_http::string_body> parser;
        parser.body_limit(1ULL << 32);
        parser.skip(request.method() == beast_http::verb::head);
        auto reading = beast_http::async_read(stream_, buffer_, parser, boost::asio::use_awaitable);
        co_await std::move(reading);
        co_return parser.release();
    }

    boost::beast::tcp_stream& stream() noexcept { return stream_; }

  private:
    boost::beast::tcp_stream stream_;
    std::uint16_t port_;
    boost::beast::flat_buffer buffer_;
};

/// Runs `coroutine` on `ctx` to its end, and passes on what it throws.
template <class Coroutine>
void run_client(boost::asio::io_context& ctx, Coroutine&& coroutine) {
    boost::asio::co_spawn(ctx, std::forward<Coroutine>(coroutine), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e);
    });
    ctx.run();
    ctx.restart();
}

} // namespace ringlet::testing
