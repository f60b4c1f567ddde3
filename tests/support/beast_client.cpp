#include "support/beast_client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace ringlet::testing {

beast_request make_beast_request(const std::string& target, const header_list& fields,
                                 beast_http::verb method) {
    beast_request r(method, target, 11);
    r.set(beast_http::field::host, "localhost");
    for (const auto& [name, value] : fields)
        r.insert(name, value);
    return r;
}

beast_connection::beast_connection(boost::asio::io_context& ctx, std::uint16_t port)
    : stream_(ctx), port_(port) {}

beast_connection::~beast_connection() = default;

boost::asio::awaitable<void> beast_connection::connect() {
    const boost::asio::ip::tcp::endpoint to(boost::asio::ip::address_v4::loopback(), port_);
    stream_.expires_after(beast_patience);
    auto connecting = stream_.async_connect(to, boost::asio::use_awaitable);
    co_await std::move(connecting);
}

boost::asio::awaitable<beast_response> beast_connection::exchange(beast_request request) {
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

beast_response exchange_once(std::uint16_t port, beast_request request) {
    beast_response said;
    boost::asio::io_context ctx;
    run_client(ctx, [&]() -> boost::asio::awaitable<void> {
        beast_connection connection(ctx, port);
        co_await connection.connect();
        said = co_await connection.exchange(request);
    });
    return said;
}

} // namespace ringlet::testing
