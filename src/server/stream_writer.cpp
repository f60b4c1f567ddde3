#include "server/stream_writer.hpp"

#include "server/suspend.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <stdexcept>

namespace ringlet {

namespace asio = boost::asio;

awaitable<void> connection::stream_writer::write(std::string_view chunk) {
    std::exception_ptr fault = fault_of(chunk);
    // What is sent to a client that reads fast is done before anybody can cancel it.
    const asio::cancellation_state told = co_await asio::this_coro::cancellation_state;
    if (!fault && told.cancelled() != asio::cancellation_type::none)
        fault =
            std::make_exception_ptr(boost::system::system_error(asio::error::operation_aborted));
    while (!chunk.empty() && !fault) {
        const std::size_t framed = std::min(chunk.size(), piece_bytes) + framing_bytes;
        if (!to_.out_.takes(framed))
            co_await to_.flush();
        if (!to_.out_.takes(framed)) {
            fault = std::make_exception_ptr(boost::system::system_error(asio::error::no_memory));
            break;
        }
        add(chunk.substr(0, piece_bytes));
        chunk.remove_prefix(std::min(chunk.size(), piece_bytes));
        co_await to_.flush();
        fault = fault_of({});
    }
    if (to_.endless_ && to_.shared_.draining) // since this was begun: see drain()
        to_.side_->cancelling.begin();
    if (!fault)
        co_return;
    co_await suspend();
    std::rethrow_exception(fault);
}

// What keeps `chunk` from being written.
std::exception_ptr connection::stream_writer::fault_of(std::string_view chunk) const {
    if (to_.flushing_)
        return std::make_exception_ptr(std::logic_error("one write at a time"));
    if (to_.broken_)
        return std::make_exception_ptr(boost::system::system_error(asio::error::broken_pipe));
    if (how_ == framing::length && chunk.size() > left_)
        return std::make_exception_ptr(std::length_error("a stream is longer than was promised"));
    return nullptr;
}

void connection::stream_writer::add(std::string_view piece) {
    to_.x_->body_bytes += piece.size();
    if (how_ == framing::length)
        left_ -= piece.size();
    if (how_ == framing::chunked)
        to_.out_.append(http::chunk_head(piece.size()).view());
    to_.out_.append(piece);
    if (how_ == framing::chunked)
        to_.out_.append("\r\n");
}

bool connection::stream_writer::finish() {
    if (how_ == framing::chunked && !to_.out_.takes(http::last_chunk.size()))
        return false;
    if (how_ == framing::chunked)
        to_.out_.append(http::last_chunk);
    return how_ != framing::length || left_ == 0;
}

} // namespace ringlet
