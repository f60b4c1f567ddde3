// An independent client: Beast on an ordinary io_context, nothing of ringlet's own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace ringlet::testing {

namespace beast_http = boost::beast::http;

using beast_request = beast_http::request<beast_http::string_body>;
using beast_response = beast_http::response<beast_http::string_body>;
using header_list = std::vector<std::pair<std::string, std::string>>;

inline constexpr auto beast_patience = std::chrono::seconds(30);

beast_request make_beast_request(const std::string& target, const header_list& fields = {},
                                 beast_http::verb method = beast_http::verb::get);

/// One connection.
class beast_connection {
  public:
    beast_connection(boost::asio::io_context& ctx, std::uint16_t port);
    beast_connection(const beast_connection&) = delete;
    beast_connection& operator=(const beast_connection&) = delete;
    ~beast_connection();

    boost::asio::awaitable<void> connect();

    /// Throws boost::system::system_error when there is no whole answer.
    boost::asio::awaitable<beast_response> exchange(beast_request request);

  private:
    boost::beast::tcp_stream stream_;
    std::uint16_t port_;
    boost::beast::flat_buffer buffer_;
};

/// One exchange over a connection of its own.
beast_response exchange_once(std::uint16_t port, beast_request request);

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
