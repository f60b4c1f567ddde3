#include "server/stream_writer.hpp"

#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace ringlet {

namespace asio = boost::asio;

awaitable<void> connection::stream_writer::write(std::string_view chunk) {
    if (to_.flushing_)
        throw std::logic_error("one write at a time");
    if (how_ == framing::length && chunk.size() > left_)
        throw std::length_error("a stream is longer than was promised");
    while (!chunk.empty()) {
        if (!to_.out_.takes(most_framed_bytes))
            co_await to_.flush();
        add(chunk.substr(0, piece_bytes));
        chunk.remove_prefix(std::min(chunk.size(), piece_bytes));
        co_await to_.flush();
        if (to_.broken_)
            throw boost::system::system_error(asio::error::broken_pipe);
    }
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
    if (how_ == framing::chunked)
        to_.out_.append(http::last_chunk);
    return how_ != framing::length || left_ == 0;
}

} // namespace ringlet
