// What runs green threads, as gevent's hub does: whoever waits is left on his stack, and the next
// who can go on does.
#pragma once

#include "service.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <list>

namespace ringlet::models {

using boost::system::error_code;

/// Asio's functions wait when they are given one: the stack that calls them, and no other.
using green_thread = boost::asio::yield_context;

struct green_connection {
    boost::asio::ip::tcp::socket socket;
    boost::asio::steady_timer timer;
    std::chrono::steady_clock::time_point until = {}; // then the socket is given up
};

class green_hub {
  public:
    explicit green_hub(const service& from);
    ~green_hub();

    boost::asio::ip::tcp::acceptor& acceptor() noexcept { return acceptor_; }
    /// From the stop signal on: whatever waits then goes on with an error, and so to its end.
    bool ending() const noexcept { return ending_; }

    /// Calls `work(green_thread)` on a stack of its own.
    template <class Work>
    void start(Work work) {
        boost::asio::spawn(ctx_, std::move(work), [](std::exception_ptr failed) {
            if (failed)
                std::rethrow_exception(failed);
        });
    }

    /// The same with a connection, which lives as long.
    template <class Work>
    void start(boost::asio::ip::tcp::socket client, Work work) {
        start([this, taken = std::move(client), work](green_thread self) mutable {
            const auto place =
                all_.insert(all_.end(), {std::move(taken), boost::asio::steady_timer(ctx_)});
            work(*place, self);
            all_.erase(place);
        });
    }

    /// Until the last of them has ended.
    void run() { ctx_.run(); }

  private:
    void give_up_late_ones(green_thread self);
    void end();

    boost::asio::io_context ctx_{1};
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer next_look_;
    boost::asio::posix::stream_descriptor stop_;
    std::list<green_connection> all_;
    bool ending_ = false;
};

} // namespace ringlet::models
