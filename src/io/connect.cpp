#include "io/connect.hpp"

#include "io/socket_call.hpp"
#include "io/tcp_stream.hpp"
#include "ringlet/connect.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <netinet/tcp.h>
#include <vector>

namespace ringlet {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using addresses = std::vector<tcp::endpoint>;

/// A name on its way through the resolver. The resolver cannot be hurried: it keeps this when the
/// coroutine that asked no longer waits.
struct look_up_state {
    explicit look_up_state(const asio::any_io_executor& ex)
        : resolver(ex), done(ex, asio::steady_timer::time_point::max()) {}

    tcp::resolver resolver;
    asio::steady_timer done; // never expires, is cancelled
    error_code error = asio::error::operation_aborted;
    addresses found;
};

void start_look_up(const std::shared_ptr<look_up_state>& s, const std::string& host,
                   std::uint16_t port) {
    s->resolver.async_resolve(host, std::to_string(port),
                              tcp::resolver::numeric_service | tcp::resolver::address_configured,
                              [s](error_code e, const tcp::resolver::results_type& results) {
                                  s->error = e;
                                  for (const auto& r : results)
                                      s->found.push_back(r.endpoint());
                                  s->done.cancel();
                              });
}

awaitable<addresses> look_up(std::string host, std::uint16_t port) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    const auto state = std::make_shared<look_up_state>(ex);
    start_look_up(state, host, port);
    auto waiting = state->done.async_wait(asio::as_tuple(asio::deferred));
    co_await std::move(waiting);
    state->resolver.cancel(); // if it has not begun
    if (state->error)
        throw boost::system::system_error(state->error, "look up " + host);
    co_return std::move(state->found);
}

addresses numeric(const std::string& host, std::uint16_t port) {
    error_code no_address;
    const asio::ip::address a = asio::ip::make_address(host, no_address);
    return no_address ? addresses() : addresses{{a, port}};
}

unique_fd open_socket(const tcp::endpoint& to, error_code& failed) {
    unique_fd fd(::socket(to.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    if (fd) {
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    } else {
        failed = io::error_of(-errno);
    }
    return fd;
}

} // namespace

awaitable<tcp_stream> connect(std::string host, std::uint16_t port) {
    const asio::any_io_executor ex = co_await asio::this_coro::executor;
    io::context& ctx = io::context::of(ex, "connect()");
    addresses all = numeric(host, port);
    if (all.empty() && !host.empty()) { // no name at all would mean this machine
        auto looking_up = look_up(host, port);
        all = co_await std::move(looking_up);
    }
    error_code failed = asio::error::host_not_found;
    for (const tcp::endpoint& to : all) {
        unique_fd fd = open_socket(to, failed);
        if (!fd)
            continue;
        auto connecting =
            io::async_connect(ctx, fd.get(), to.data(), static_cast<socklen_t>(to.size()),
                              asio::as_tuple(asio::deferred));
        const auto [e, nothing] = co_await std::move(connecting);
        if (!e) {
            io::limit_blocking_send(fd.get());
            co_return detail::make_tcp_stream(io::socket(ctx, std::move(fd)));
        }
        failed = e;
        if (e == asio::error::operation_aborted)
            break;
    }
    throw boost::system::system_error(failed, "connect to " + host);
}

} // namespace ringlet
