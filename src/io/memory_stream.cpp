#include "io/memory_stream.hpp"

#include <cassert>
#include <utility>

namespace ringlet::io {

memory_client::memory_client(std::shared_ptr<memory_stream> stream) noexcept
    : stream_(std::move(stream)) {}

memory_client& memory_client::operator=(memory_client&& other) noexcept {
    close();
    stream_ = std::move(other.stream_);
    return *this;
}

memory_client::~memory_client() {
    close();
}

void memory_client::close() noexcept {
    if (!stream_)
        return;
    stream_->client_ended = stream_->client_gone = true;
    stream_->on_progress = nullptr;
    stream_.reset();
}

void memory_client::write(std::string_view bytes) {
    assert(!stream_->client_ended);
    stream_->to_server += bytes;
}

std::string memory_client::read() {
    return std::exchange(stream_->to_client, {});
}

void memory_client::shutdown() {
    stream_->client_ended = true;
}

void memory_client::reset() {
    stream_->client_ended = stream_->client_reset = stream_->client_gone = true;
}

void memory_client::limit_unread(std::size_t bytes) {
    stream_->unread_most = bytes;
}

bool memory_client::server_ended() const noexcept {
    return stream_->server_ended;
}

bool memory_client::server_closed() const noexcept {
    return stream_->server_closed;
}

bool memory_client::server_reset() const noexcept {
    return stream_->server_closed && stream_->server_reset;
}

void memory_client::on_progress(std::function<void()> call) {
    stream_->on_progress = std::move(call);
}

} // namespace ringlet::io
